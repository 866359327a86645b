import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFilterOff, IconPencilPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { postListQuery } from "@/lib/python-backend/api/posts";
import type { Post } from "@/lib/python-backend/types";
import { dayKey } from "@/lib/time/format";
import { DayGroup } from "./DayGroup";
import { PostFilters } from "./PostFilters";
import classes from "./PostList.module.css";
import { usePostFilter } from "./usePostFilter";

const SEARCH_PAUSE = 250;

/** Every post, newest first, by day. */
export function PostList() {
  const words = useWords();
  const reason = useReason();
  const { zone } = useDashboard();
  const [{ status, platform, campaign, search }, setFilter] = usePostFilter();
  const [settled] = useDebouncedValue(search.trim(), SEARCH_PAUSE);
  const list = useInfiniteQuery({
    ...postListQuery({ status, platform, campaign, search: settled }),
    placeholderData: keepPreviousData,
  });
  const posts = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = status.length > 0 || platform !== null || campaign !== null || settled !== "";

  return (
    <Sheet>
      <PostFilters />
      {list.isPending && <RowSkeletons rows={6} height={112} />}
      {list.isError && (
        <div className={classes.error}>
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
        </div>
      )}
      {list.isSuccess && posts.length === 0 && filtered && (
        <Empty
          icon={<IconFilterOff size={22} />}
          title={words("posts.noneMatch")}
          action={
            <Button variant="default" onClick={() => void setFilter(null)}>
              {words("filter.clear")}
            </Button>
          }
        >
          {words("posts.noneMatchHint")}
        </Empty>
      )}
      {list.isSuccess && posts.length === 0 && !filtered && (
        <Empty
          icon={<IconPencilPlus size={22} />}
          title={words("posts.none")}
          action={
            <Button component={Link} href="/compose/">
              {words("posts.first")}
            </Button>
          }
        >
          {words("posts.noneHint")}
        </Empty>
      )}
      <div data-stale={list.isPlaceholderData} className={classes.days}>
        {byDay(posts, zone).map(([day, ofDay]) => (
          <DayGroup key={day} day={day} posts={ofDay} />
        ))}
      </div>
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
    </Sheet>
  );
}

function byDay(posts: Post[], zone: string): [string, Post[]][] {
  const days = new Map<string, Post[]>();
  for (const post of posts) {
    const day = dayKey(Date.parse(post.scheduled_at ?? post.created_at), zone);
    const group = days.get(day);
    if (group) group.push(post);
    else days.set(day, [post]);
  }
  return [...days];
}
