import { Button } from "@mantine/core";
import { IconPhoto } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { Thumbnail } from "@/components/ui/Thumbnail";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { lengthOf } from "@/lib/posts/size";
import { isVideo, mediaListQuery } from "@/lib/python-backend/api/media";
import type { Media } from "@/lib/python-backend/types";
import classes from "./MediaGrid.module.css";

interface Props {
  /** What pressing a file does, in words that name the file. */
  label: (file: Media) => string;
  onOpen: (file: Media) => void;
  /** Those that are taken already. */
  taken?: readonly string[];
}

/** The workspace's files, newest first. */
export function MediaGrid({ label, onOpen, taken = [] }: Props) {
  const words = useWords();
  const reason = useReason();
  const list = useInfiniteQuery(mediaListQuery);
  const files = list.data?.pages.flatMap(({ items }) => items) ?? [];
  if (list.isPending) return <RowSkeletons rows={3} height={120} />;
  if (list.isError) {
    return (
      <ErrorNote
        alert
        title={words("error.load")}
        action={
          <Button size="compact-sm" variant="default" onClick={() => list.refetch()}>
            {words("action.tryAgain")}
          </Button>
        }
      >
        {reason(list.error)}
      </ErrorNote>
    );
  }
  if (files.length === 0) {
    return (
      <Empty icon={<IconPhoto size={22} />} title={words("media.none")}>
        {words("media.noneHint")}
      </Empty>
    );
  }
  return (
    <>
      <ul className={classes.grid}>
        {files.map((file) => (
          <li key={file.id}>
            <button
              type="button"
              className={classes.file}
              aria-label={label(file)}
              aria-pressed={taken.includes(file.id) || undefined}
              onClick={() => onOpen(file)}
            >
              <Thumbnail id={file.id} alt="" video={isVideo(file)} />
              <span className={classes.name}>{file.name}</span>
              {file.duration !== null && (
                <span className={classes.length}>{lengthOf(file.duration)}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => list.fetchNextPage()}
          >
            {words("posts.more")}
          </Button>
        </div>
      )}
    </>
  );
}
