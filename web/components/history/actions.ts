import type { Post, PostStatus } from "@/lib/python-backend/types";
import { hasStopped, needsLogin } from "./advice";

export type CardAction =
  | "schedule"
  | "unschedule"
  | "publish"
  | "retry"
  | "edit"
  | "compose"
  | "duplicate"
  | "takeBack"
  | "delete";

const BY_STATUS: Record<PostStatus, readonly CardAction[]> = {
  draft: ["schedule", "publish", "edit", "compose", "duplicate", "delete"],
  ready_to_publish: ["schedule", "publish", "edit", "compose", "duplicate", "delete"],
  scheduled: ["schedule", "unschedule", "publish", "edit", "duplicate", "delete"],
  publishing: ["duplicate"],
  published: ["duplicate", "delete"],
  partially_published: ["duplicate", "delete"],
  failed: ["retry", "edit", "schedule", "duplicate", "delete"],
  missed: ["publish", "schedule", "edit", "duplicate", "delete"],
  unconfirmed: ["duplicate", "delete"],
};

/** Whether something of the post can be seen, as far as is known. */
function isPublic({ deliveries, status }: Pick<Post, "status" | "deliveries">): boolean {
  if (status === "publishing") return false;
  return deliveries.some(
    ({ state, removed_at, parts }) => parts.length > 0 || (state === "published" && !removed_at),
  );
}

/** What a person can do with a post now, the most likely first. */
export function actionsFor(post: Pick<Post, "status" | "deliveries">): readonly CardAction[] {
  const actions = [...BY_STATUS[post.status], ...(isPublic(post) ? (["takeBack"] as const) : [])];
  const apart = post.status === "partially_published" || post.status === "unconfirmed";
  const stopped = post.deliveries.some(needsLogin) || (apart && hasStopped(post));
  return stopped && !actions.includes("retry") ? ["retry", ...actions] : actions;
}
