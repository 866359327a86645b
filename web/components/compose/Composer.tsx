"use client";

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import { postQuery } from "@/lib/python-backend/api/posts";
import { ComposeForm } from "./ComposeForm";
import { draftKey, loadDraft } from "./offlineDraft";
import { accountsOf, freshState, fromPost } from "./state";

/** Gathers what the form needs, then shows it: a new post, or a stored one by `?post=`. */
export function Composer() {
  const words = useWords();
  const reason = useReason();
  const { zone, session } = useDashboard();
  const [postId] = useQueryState("post", parseAsString);
  const accounts = useQuery(accountsQuery);
  const platforms = useQuery(platformsQuery);
  const post = useQuery({ ...postQuery(postId ?? ""), enabled: postId !== null, gcTime: 0 });
  const wanted = postId === null ? [accounts, platforms] : [accounts, platforms, post];
  const failed = wanted.find((query) => query.isError);

  if (failed) {
    return (
      <ErrorNote
        alert
        title={words("error.load")}
        action={
          <Button size="compact-sm" variant="default" onClick={() => failed.refetch()}>
            {words("action.tryAgain")}
          </Button>
        }
      >
        {reason(failed.error)}
      </ErrorNote>
    );
  }
  if (!accounts.data || !platforms.data || (postId !== null && !post.data)) {
    return (
      <Sheet>
        <RowSkeletons rows={3} height={140} />
      </Sheet>
    );
  }
  const key = draftKey(session.workspace.id, postId);
  const draft = loadDraft(key);
  const stored = post.data
    ? fromPost(post.data, accountsOf(post.data, accounts.data), zone)
    : freshState(accounts.data, session.workspace.late_policy);
  return (
    <ComposeForm
      key={key}
      draftKey={key}
      initial={draft?.state ?? stored}
      savedAt={draft?.savedAt ?? null}
      post={postId === null ? null : (post.data ?? null)}
      accounts={accounts.data}
      platforms={platforms.data}
    />
  );
}
