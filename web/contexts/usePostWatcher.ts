import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Toasts, useToasts } from "@/hooks/useToasts";
import { useWords, type Words } from "@/hooks/useWords";
import type { Change } from "@/lib/live/changes";
import { createWatcher, type Watcher } from "@/lib/live/watcher";
import { wordings } from "@/lib/posts/content";
import { findPost, listPendingPosts } from "@/lib/python-backend/api/posts";
import { dropPost, putPost } from "@/lib/python-backend/postCache";
import { serverNow } from "@/lib/serverClock";

/** Watches the posts that are to go out, keeps the cache true and says what became of them. */
export function usePostWatcher(): Watcher {
  const queries = useQueryClient();
  const toasts = useToasts();
  const words = useWords();
  const [watcher] = useState(() => watch(queries, (change) => announce(change, toasts, words)));
  return watcher;
}

function watch(queries: QueryClient, onChange: (change: Change) => void): Watcher {
  return createWatcher({
    find: findPost,
    listPending: listPendingPosts,
    now: serverNow,
    onSeen: (id, sight) => {
      if (sight === "gone") dropPost(queries, id);
      else putPost(queries, sight);
    },
    onChange,
  });
}

function announce(change: Change, toasts: Toasts, words: Words): void {
  const title = words(`toast.${change.kind}`);
  const text = change.post ? wordings(change.post)[0]?.text : undefined;
  if (change.kind === "published") toasts.good(title, text);
  else toasts.bad(title, change.error ?? text);
}
