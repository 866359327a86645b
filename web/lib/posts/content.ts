import { isRecord } from "../python-backend/problem";
import type { Post, PostWish } from "../python-backend/types";

/** The text for one platform, or null where the post has none. */
export function textFor(content: Post["content"], platform: string): string | null {
  const part: unknown = content[platform];
  return isRecord(part) && typeof part.text === "string" ? part.text : null;
}

/** Texts written for single accounts, which win over their platform's. */
export function accountTexts(content: Post["content"]): Record<string, string> {
  const accounts: unknown = content.accounts;
  if (!isRecord(accounts)) return {};
  const written = Object.entries(accounts).flatMap(([id, part]) =>
    isRecord(part) && typeof part.text === "string" ? [[id, part.text] as const] : [],
  );
  return Object.fromEntries(written);
}

export interface Wording {
  platforms: string[];
  text: string;
}

/** What the post says: each different text once, with the platforms that get it. */
export function wordings(post: Pick<Post, "platforms" | "content">): Wording[] {
  const found = new Map<string, string[]>();
  for (const platform of post.platforms) {
    const text = textFor(post.content, platform);
    if (text !== null) found.set(text, [...(found.get(text) ?? []), platform]);
  }
  return [...found].map(([text, platforms]) => ({ text, platforms }));
}

/** Content that a client may send: everything but what only the system writes. */
export function writable(content: Post["content"]): Post["content"] {
  return Object.fromEntries(Object.entries(content).filter(([key]) => !key.startsWith("_")));
}

/** The content with one platform's text replaced, its other parts kept. */
export function withText(
  content: Post["content"],
  platform: string,
  text: string,
): Post["content"] {
  const part: unknown = content[platform];
  return { ...writable(content), [platform]: { ...(isRecord(part) ? part : {}), text } };
}

/** Content as the API takes it: its schema names `accounts` beside any platform's name. */
export function asWish(content: Post["content"]): PostWish["content"] {
  return content as PostWish["content"];
}
