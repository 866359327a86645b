"use client";

import { Button } from "@mantine/core";
import { IconArrowLeft, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { postQuery } from "@/lib/python-backend/api/posts";
import { isCode } from "@/lib/python-backend/problem";
import { dayKey } from "@/lib/time/format";
import { DayGroup } from "./DayGroup";
import { PostList } from "./PostList";

/** The list of posts, or one of them by `?post=`: where notifications lead. */
export function PostsView() {
  const [id] = useQueryState("post", parseAsString);
  return id === null ? <PostList /> : <OnePost id={id} />;
}

function OnePost({ id }: { id: string }) {
  const words = useWords();
  const reason = useReason();
  const { zone } = useDashboard();
  const { data: post, error, isPending } = useQuery(postQuery(id));
  const gone = isCode(error, "not_found");
  return (
    <>
      <Button
        component={Link}
        href="/posts/"
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="xs"
        leftSection={<IconArrowLeft size={15} aria-hidden />}
      >
        {words("posts.all")}
      </Button>
      <Sheet>
        {isPending && <RowSkeletons rows={1} height={140} />}
        {gone && (
          <Empty icon={<IconTrash size={22} />} title={words("posts.gone")}>
            {words("posts.goneHint")}
          </Empty>
        )}
        {error && !gone && (
          <ErrorNote alert title={words("error.load")}>
            {reason(error)}
          </ErrorNote>
        )}
        {post && (
          <DayGroup
            day={dayKey(Date.parse(post.scheduled_at ?? post.created_at), zone)}
            posts={[post]}
          />
        )}
      </Sheet>
    </>
  );
}
