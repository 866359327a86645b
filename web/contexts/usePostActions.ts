import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import type { Watcher } from "@/lib/live/watcher";
import { asWish } from "@/lib/posts/content";
import { asBefore, type ChosenMoment, scheduling } from "@/lib/posts/moment";
import {
  deletePost,
  duplicatePost,
  postKeys,
  publishPost,
  restorePost,
  retryPost,
  type Settlement,
  settleDelivery,
  updatePost,
} from "@/lib/python-backend/api/posts";
import { dropPost, keepLists, putPost } from "@/lib/python-backend/postCache";
import { isCode } from "@/lib/python-backend/problem";
import type { Post } from "@/lib/python-backend/types";
import { serverNow } from "@/lib/serverClock";

const UNDO_SECONDS = 10;

export interface PostActions {
  /** Raises the server's refusal: the schedule dialog answers it. */
  schedule(post: Post, moment: ChosenMoment, anyway: boolean): Promise<Post>;
  /** Raises the server's refusal: the edit dialog answers it. */
  saveText(post: Post, content: Post["content"], version: number): Promise<Post>;
  /** An unconfirmed delivery is there, at this link; raises the server's refusal. */
  confirm(post: Post, deliveryId: string, permalink: string): Promise<Post>;
  /** An unconfirmed delivery is not there. */
  sendAgain(post: Post, deliveryId: string): Promise<void>;
  /** An unconfirmed delivery stays as it is. */
  leave(post: Post, deliveryId: string): Promise<void>;
  unschedule(post: Post): Promise<void>;
  publishNow(post: Post): Promise<void>;
  retry(post: Post): Promise<void>;
  duplicate(post: Post): Promise<void>;
  remove(post: Post): Promise<void>;
}

/** What can be done to a post: shown at once, taken back with its reason if refused. */
export function usePostActions(watcher: Watcher): PostActions {
  const queries = useQueryClient();
  const toasts = useToasts();
  const words = useWords();
  const router = useRouter();

  return useMemo(() => {
    const refresh = () => void queries.invalidateQueries({ queryKey: postKeys.lists });

    const optimistic = async (post: Post, guess: Partial<Post>, call: () => Promise<Post>) => {
      await queries.cancelQueries({ queryKey: postKeys.lists });
      putPost(queries, { ...post, ...guess });
      try {
        const stored = await call();
        putPost(queries, stored);
        watcher.remember(stored);
        return stored;
      } catch (error) {
        putPost(queries, post);
        throw error;
      } finally {
        refresh();
      }
    };

    const orSay = async (title: string, work: Promise<unknown>) => {
      try {
        await work;
      } catch (error) {
        toasts.refused(title, error);
      }
    };

    /** Where a quota has no room now, offers to send when there is. */
    const orAnyway = async (title: string, work: (anyway: boolean) => Promise<unknown>) => {
      try {
        await work(false);
      } catch (error) {
        if (!isCode(error, "quota_exceeded")) return toasts.refused(title, error);
        toasts.choice(title, error.message, words("quota.publishAnyway"), () => {
          void orSay(title, work(true));
        });
      }
    };

    const undoPublish = (before: Post) => {
      const guess: Partial<Post> = { status: before.status, scheduled_at: before.scheduled_at };
      const call = () => updatePost(before.id, asBefore(before));
      return orSay(words("refused.undo"), optimistic(before, guess, call));
    };

    const restore = async (id: string) => {
      const stored = await restorePost(id);
      watcher.remember(stored);
      refresh();
    };

    const deleteOrPutBack = async (post: Post) => {
      await queries.cancelQueries({ queryKey: postKeys.lists });
      const putBack = keepLists(queries);
      watcher.forget(post.id);
      dropPost(queries, post.id);
      try {
        await deletePost(post.id);
      } catch (error) {
        putBack();
        watcher.remember(post);
        throw error;
      }
      toasts.undo(words("toast.deleted"), UNDO_SECONDS, () => {
        void orSay(words("refused.undo"), restore(post.id));
      });
    };

    const publishWithUndo = async (post: Post, anyway: boolean) => {
      const soon = new Date(serverNow() + UNDO_SECONDS * 1000).toISOString();
      const guess: Partial<Post> = { status: "scheduled", scheduled_at: soon };
      await optimistic(post, guess, () => publishPost(post.id, UNDO_SECONDS, anyway));
      toasts.undo(words("toast.publishing"), UNDO_SECONDS, () => void undoPublish(post));
    };

    const settle = (post: Post, id: string, found: Settlement) =>
      optimistic(post, {}, () => settleDelivery(post.id, id, found));

    const copy = async (post: Post) => {
      const made = await duplicatePost(post.id);
      refresh();
      router.push(`/compose/?post=${made.id}`);
    };

    return {
      schedule: (post, moment, anyway) => {
        const body = { ...scheduling(moment), ...(anyway && { acceptOverQuota: true }) };
        return optimistic(post, {}, () => updatePost(post.id, body));
      },
      saveText: (post, content, version) =>
        optimistic(post, { content }, () =>
          updatePost(post.id, { content: asWish(content) }, version),
        ),
      confirm: (post, id, permalink) => settle(post, id, { choice: "published", permalink }),
      sendAgain: (post, id) =>
        orAnyway(words("refused.retry"), (acceptOverQuota) =>
          settle(post, id, { choice: "not_published", acceptOverQuota }),
        ),
      leave: (post, id) => orSay(words("refused.settle"), settle(post, id, { choice: "leave" })),
      unschedule: (post) => {
        const status = "ready_to_publish" as const;
        const call = () => updatePost(post.id, { status });
        return orSay(words("refused.unschedule"), optimistic(post, { status }, call));
      },
      publishNow: (post) =>
        orAnyway(words("refused.publish"), (anyway) => publishWithUndo(post, anyway)),
      retry: (post) => {
        const guess: Partial<Post> = { status: "scheduled", publish_error: null };
        return orAnyway(words("refused.retry"), (anyway) =>
          optimistic(post, guess, () => retryPost(post.id, anyway)),
        );
      },
      duplicate: (post) => orSay(words("refused.duplicate"), copy(post)),
      remove: (post) => orSay(words("refused.delete"), deleteOrPutBack(post)),
    };
  }, [queries, toasts, words, router, watcher]);
}
