import type { Post, PostStatus } from "../python-backend/types";

/** A post that was still to go out when we last looked. */
export type Known = Pick<Post, "id" | "status" | "scheduled_at">;

export type Sight = Post | "gone";

type ChangeKind = "published" | "failed" | "partially_published" | "missed" | "unconfirmed";

export interface Change {
  kind: ChangeKind;
  postId: string;
  error: string | null;
  post: Post | null;
}

const PENDING: readonly PostStatus[] = ["scheduled", "publishing"];
const ENDED: readonly PostStatus[] = [
  "published",
  "failed",
  "partially_published",
  "missed",
  "unconfirmed",
];

export function isPending(post: Known): boolean {
  return PENDING.includes(post.status);
}

/**
 * What became of the posts that were to go out, for those that have been looked at again.
 *
 * A workspace may remove its posts once published, so one that is gone after its moment was
 * published; one that is gone before it was deleted by a person, who knows.
 */
export function changesBetween(
  known: Iterable<Known>,
  seen: ReadonlyMap<string, Sight>,
  now: number,
): Change[] {
  const changes: Change[] = [];
  for (const before of known) {
    const after = seen.get(before.id);
    const kind = after === undefined || !isPending(before) ? null : became(before, after, now);
    if (kind === null || after === undefined) continue;
    const post = after === "gone" ? null : after;
    changes.push({ kind, postId: before.id, error: post ? errorOf(post) : null, post });
  }
  return changes;
}

function became(before: Known, after: Sight, now: number): ChangeKind | null {
  if (after === "gone") return isDue(before, now) ? "published" : null;
  const ended = ENDED.find((status) => status === after.status);
  if (ended) return ended as ChangeKind;
  return after.status === "draft" && after.publish_error ? "failed" : null;
}

function isDue(post: Known, now: number): boolean {
  return (
    post.status === "publishing" || (!!post.scheduled_at && Date.parse(post.scheduled_at) <= now)
  );
}

function errorOf(post: Post): string | null {
  return post.publish_error ?? post.deliveries.find((one) => one.error)?.error?.message ?? null;
}
