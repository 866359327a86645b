import { isCode, isRecord } from "../python-backend/problem";
import type { Post } from "../python-backend/types";

/** The stored post that a refused change did not know of; null for any other refusal. */
export function storedInstead(error: unknown): Post | null {
  if (!isCode(error, "version_conflict")) return null;
  return isPost(error.extra.stored) ? error.extra.stored : null;
}

function isPost(value: unknown): value is Post {
  return isRecord(value) && typeof value.version === "number" && isRecord(value.content);
}
