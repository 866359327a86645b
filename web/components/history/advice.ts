import type { MessageId } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";

export type AdvisedAction = "retry" | "edit" | "schedule" | "publish" | "accounts";

export interface Advice {
  title: MessageId;
  advice: MessageId;
  /** The most likely first. */
  actions: readonly AdvisedAction[];
}

/** What a person should do about a post, and the actions that do it; null while all is well. */
export function adviceFor(post: Post): Advice | null {
  const { status, deliveries } = post;
  if (deliveries.some(needsLogin)) {
    return { title: "problem.held", advice: "advice.held", actions: ["accounts"] };
  }
  switch (status) {
    case "failed":
      return { title: "problem.failed", advice: "advice.failed", actions: ["edit"] };
    case "partially_published":
      return hasStopped(post)
        ? {
            title: "problem.partially_published",
            advice: "advice.partially_published",
            actions: ["retry"],
          }
        : null;
    case "missed":
      return {
        title: "problem.missed",
        advice: "advice.missed",
        actions: ["publish", "schedule"],
      };
    case "draft":
      return post.publish_error
        ? { title: "problem.failed", advice: "advice.failedDraft", actions: ["edit"] }
        : null;
    default:
      return null;
  }
}

/** Whether a delivery waits for its account; one that is only paused waits for nobody. */
export function needsLogin({ state, error }: Post["deliveries"][number]): boolean {
  return state === "held" && error?.code !== "paused";
}

/** Whether some delivery ended without being published; an unconfirmed one may have been. */
export function hasStopped({ deliveries }: Pick<Post, "deliveries">): boolean {
  return deliveries.some(({ state }) => state === "failed" || state === "missed");
}
