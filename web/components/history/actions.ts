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

/** What a person can do with a post now, the most likely first. */
export function actionsFor(post: Pick<Post, "status" | "deliveries">): readonly CardAction[] {
  const actions = BY_STATUS[post.status];
  const apart = post.status === "partially_published" || post.status === "unconfirmed";
  const stopped = post.deliveries.some(needsLogin) || (apart && hasStopped(post));
  return stopped && !actions.includes("retry") ? ["retry", ...actions] : actions;
}
