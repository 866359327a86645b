import { Button, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPhoto, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
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
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 250);
  const list = useInfiniteQuery(mediaListQuery(search));
  const files = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const labelled = (file: Media) =>
    [label(file), file.duration !== null && lengthOf(file.duration)].filter(Boolean).join(" ");
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
  if (files.length === 0 && !typed) {
    return (
      <Empty icon={<IconPhoto size={22} />} title={words("media.none")}>
        {words("media.noneHint")}
      </Empty>
    );
  }
  return (
    <>
      <TextInput
        type="search"
        className={classes.search}
        aria-label={words("media.search")}
        placeholder={words("media.search")}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {files.length === 0 && (
        <Empty icon={<IconPhoto size={22} />} title={words("media.noMatch")}>
          {words("media.noMatchHint")}
        </Empty>
      )}
      <ul className={classes.grid}>
        {files.map((file) => (
          <li key={file.id}>
            <button
              type="button"
              className={classes.file}
              aria-pressed={taken.includes(file.id) || undefined}
              onClick={() => onOpen(file)}
            >
              <Thumbnail id={file.id} alt="" video={isVideo(file)} />
              <VisuallyHidden>{labelled(file)}</VisuallyHidden>
              <span className={classes.name} aria-hidden>
                {file.name}
              </span>
              {file.duration !== null && (
                <span className={classes.length} aria-hidden>
                  {lengthOf(file.duration)}
                </span>
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
