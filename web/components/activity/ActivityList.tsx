"use client";

import { Button } from "@mantine/core";
import { IconActivity } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Moment } from "@/components/ui/Moment";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { activityQuery } from "@/lib/python-backend/api/activity";
import classes from "./ActivityList.module.css";

/** Everything that happened, newest first. */
export function ActivityList() {
  const words = useWords();
  const reason = useReason();
  const { zone } = useDashboard();
  const list = useInfiniteQuery(activityQuery);
  const lines = list.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Sheet>
      {list.isPending && <RowSkeletons rows={8} height={52} />}
      {list.isError && (
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
      )}
      {list.isSuccess && lines.length === 0 && (
        <Empty icon={<IconActivity size={22} />} title={words("activity.none")}>
          {words("activity.noneHint")}
        </Empty>
      )}
      <ol className={classes.lines}>
        {lines.map((line) => (
          <li key={line.id}>
            <Moment instant={line.created_at} zone={zone} className={classes.time} />
            <span className={classes.message}>{line.message}</span>
          </li>
        ))}
      </ol>
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
