import { isRecord } from "../python-backend/problem";
import type { Post } from "../python-backend/types";

type Content = Post["content"];

/** The texts that follow the first one: those of the first platform that has any. */
export function threadOf(post: Pick<Post, "platforms" | "content">): string[] {
  for (const platform of post.platforms) {
    const texts = partsOf(post.content[platform]).map(({ text }) => String(text ?? ""));
    if (texts.length > 0) return texts;
  }
  return [];
}

/** What was chosen for each platform beside words and pictures. */
export function optionsOf(
  post: Pick<Post, "platforms" | "content">,
): Record<string, Record<string, unknown>> {
  const found = post.platforms.flatMap((platform) => {
    const part: unknown = post.content[platform];
    const options = isRecord(part) && isRecord(part.options) ? part.options : {};
    return Object.keys(options).length > 0 ? [[platform, options] as const] : [];
  });
  return Object.fromEntries(found);
}

/** The content with one platform's thread replaced; the pictures of a part stay with it. */
export function withThread(content: Content, platform: string, texts: readonly string[]): Content {
  const { thread: before, ...rest } = partOf(content, platform);
  const old = partsOf({ thread: before });
  const thread = texts.map((text, at) => ({ ...old[at], text }));
  return { ...content, [platform]: thread.length > 0 ? { ...rest, thread } : rest };
}

/** The content with one platform's choices replaced. */
export function withOptions(
  content: Content,
  platform: string,
  options: Record<string, unknown>,
): Content {
  const { options: _, ...rest } = partOf(content, platform);
  const some = Object.keys(options).length > 0;
  return { ...content, [platform]: some ? { ...rest, options } : rest };
}

function partOf(content: Content, platform: string): Record<string, unknown> {
  const part: unknown = content[platform];
  return isRecord(part) ? part : {};
}

function partsOf(part: unknown): Record<string, unknown>[] {
  return isRecord(part) && Array.isArray(part.thread) ? part.thread.filter(isRecord) : [];
}
