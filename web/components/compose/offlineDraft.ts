import * as z from "zod/mini";
import type { ComposeState } from "./state";

z.config({ jitless: true });

const StoredDraft = z.object({
  savedAt: z.number(),
  state: z.object({
    postId: z.nullable(z.string()),
    version: z.nullable(z.number()),
    accounts: z.array(z.string()),
    text: z.string(),
    own: z.record(z.string(), z.string()),
    thread: z.array(z.string()),
    options: z.record(z.string(), z.record(z.string(), z.unknown())),
    pictures: z.array(z.object({ id: z.string(), alt: z.nullable(z.string()) })),
    mixed: z.boolean(),
    kept: z.record(z.string(), z.unknown()),
    tab: z.string(),
    wall: z.nullable(z.object({ date: z.string(), time: z.string() })),
    late: z.object({
      policy: z.enum(["publish", "ask", "skip"]),
      grace: z.nullable(z.number()),
    }),
    campaign: z.nullable(z.string()),
    touched: z.boolean(),
  }),
});

export interface OfflineDraft {
  savedAt: number;
  state: ComposeState;
}

/** Where this browser keeps what is typed: one place per post, and one for a new one. */
export function draftKey(workspaceId: string, postId: string | null): string {
  return `postclock:draft:${workspaceId}:${postId ?? "new"}`;
}

export function loadDraft(key: string): OfflineDraft | null {
  try {
    const found = StoredDraft.safeParse(JSON.parse(localStorage.getItem(key) ?? "null"));
    return found.success ? found.data : null;
  } catch {
    return null;
  }
}

/** Keeps the draft; false if this browser keeps nothing (private mode, full). */
export function saveDraft(key: string, draft: OfflineDraft): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to drop.
  }
}
