import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useReducer, useState } from "react";
import { useUploads } from "@/components/uploads/useUploads";
import { useDashboard } from "@/contexts/DashboardContext";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { scheduling } from "@/lib/posts/moment";
import { createPost, postKeys, updatePost } from "@/lib/python-backend/api/posts";
import type { Post, PostWish } from "@/lib/python-backend/types";
import { fullMoment } from "@/lib/time/format";
import type { ReadingChoice } from "@/lib/time/readings";
import type { ComposeFormProps } from "./formProps";
import { idempotencyKeys } from "./idempotencyKeys";
import { dropDraft } from "./offlineDraft";
import { bodyOf, compose, isBlank, isSameWork } from "./state";
import { useOfflineDraft } from "./useOfflineDraft";
import { useProblems } from "./useProblems";

export type Compose = ReturnType<typeof useCompose>;

/** The compose screen's state, what is wrong with it, and the ways to send it off. */
export function useCompose({ draftKey, initial, savedAt, accounts, platforms }: ComposeFormProps) {
  const words = useWords();
  const toasts = useToasts();
  const router = useRouter();
  const queries = useQueryClient();
  const { zone, actions } = useDashboard();
  const [state, dispatch] = useReducer(compose, initial);
  const [keyFor] = useState(idempotencyKeys);
  const [busy, setBusy] = useState<"draft" | "schedule" | "publish" | null>(null);
  const [refused, setRefused] = useState<{ error: unknown; at: typeof state } | null>(null);
  const saved = useOfflineDraft(draftKey, state, initial, savedAt);
  const { problems, quotas } = useProblems(state, accounts, platforms, zone);
  const uploads = useUploads((id) => dispatch({ type: "picture added", id }));

  const store = (change: PostWish, version = state.version): Promise<Post> => {
    const body = { ...bodyOf(state, accounts, platforms), ...change };
    if (!state.postId) return createPost(body, keyFor(body));
    return updatePost(state.postId, body, version ?? undefined);
  };

  const attempt = async (kind: NonNullable<typeof busy>, work: () => Promise<void>) => {
    dispatch({ type: "attempted" });
    setBusy(kind);
    setRefused(null);
    try {
      await work();
      dropDraft(draftKey);
      void queries.invalidateQueries({ queryKey: postKeys.lists });
    } catch (error) {
      setRefused({ error, at: state });
    } finally {
      setBusy(null);
    }
  };

  const saveDraft = (version = state.version) =>
    attempt("draft", async () => {
      const stored = await store(state.postId ? {} : { status: "draft" }, version);
      saved.stored();
      dispatch({ type: "stored", post: stored });
      queries.setQueryData(postKeys.one(stored.id), stored);
      toasts.good(words("toast.draftSaved"));
      if (!state.postId) router.replace(`/compose/?post=${stored.id}`);
    });

  /** With `anyway`, also when an account's quota has no room: it leaves when there is. */
  const schedule = (reading?: ReadingChoice, anyway = false) =>
    attempt("schedule", async () => {
      const { wall } = state;
      if (!wall) return;
      const instant = reading?.fold === undefined ? reading?.instant : undefined;
      const when = scheduling({ wall, zone, fold: reading?.fold, instant });
      const stored = await store(anyway ? { ...when, acceptOverQuota: true } : when);
      saved.stored();
      const at = fullMoment(Date.parse(stored.scheduled_at ?? ""), zone);
      toasts.good(words("toast.scheduled"), at);
      router.push("/posts/");
    });

  const publish = () =>
    attempt("publish", async () => {
      const stored = await store({ status: "ready_to_publish" });
      saved.stored();
      await actions.publishNow(stored);
      router.push("/posts/");
    });

  const keepMine = (version: number) => {
    dispatch({ type: "version accepted", version });
    return saveDraft(version);
  };

  const takeStored = (stored: Post) => {
    setRefused(null);
    dispatch({ type: "stored taken", post: stored, zone });
  };

  const blocked =
    isBlank(state) || state.accounts.length === 0 || problems.length > 0 || uploads.busy;

  // What was refused is answered as soon as something is changed.
  const refusal = refused && isSameWork(refused.at, state) ? refused.error : null;
  return {
    state,
    dispatch,
    problems,
    quotas,
    uploads,
    busy,
    blocked,
    refusal,
    savedAt: saved.at,
    saveDraft: () => saveDraft(),
    schedule,
    publish,
    keepMine,
    takeStored,
  };
}
