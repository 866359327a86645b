import type { MessageId } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";

export interface Advice {
  title: MessageId;
  advice: MessageId;
  action: "retry" | "edit" | "schedule" | "accounts";
}

/** What a person should do about a post, and the action that does it; null while all is well. */
export function adviceFor(post: Post): Advice | null {
  const { status, deliveries } = post;
  if (deliveries.some((delivery) => delivery.state === "held")) {
    return { title: "problem.held", advice: "advice.held", action: "accounts" };
  }
  switch (status) {
    case "failed":
      return { title: "problem.failed", advice: "advice.failed", action: "edit" };
    case "partially_published":
      return {
        title: "problem.partially_published",
        advice: "advice.partially_published",
        action: "retry",
      };
    case "missed":
      return { title: "problem.missed", advice: "advice.missed", action: "schedule" };
    case "unconfirmed":
      return { title: "problem.unconfirmed", advice: "advice.unconfirmed", action: "retry" };
    case "draft":
      return post.publish_error
        ? { title: "problem.failed", advice: "advice.failed", action: "edit" }
        : null;
    default:
      return null;
  }
}
