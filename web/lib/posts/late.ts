import type { LatePolicy, Post } from "../python-backend/types";

/** What becomes of a post that could not leave at its moment. */
export interface Late {
  policy: LatePolicy;
  /** How late it may still leave by itself; null: the policy's own span. */
  grace: number | null;
}

export const POLICIES: readonly LatePolicy[] = ["publish", "ask", "skip"];

/** Seconds, where an author names none. */
const GRACES: Record<LatePolicy, number> = { publish: 86_400, ask: 600, skip: 600 };
const OFFERED = [60, 600, 1800, 3600, 10_800, 43_200, 86_400, 259_200, 604_800] as const;

export function graceOf({ policy, grace }: Late): number {
  return grace ?? GRACES[policy];
}

/** The spans to choose from: the usual ones, and the one that is in force. */
export function gracesFor(late: Late): number[] {
  return [...new Set([...OFFERED, graceOf(late)])].sort((a, b) => a - b);
}

export function lateOf(post: Pick<Post, "late_policy" | "late_grace_seconds">): Late {
  return { policy: post.late_policy, grace: post.late_grace_seconds };
}
