import { isRecord } from "../python-backend/problem";
import type { Post } from "../python-backend/types";

/** A picture in a post. */
export interface Picture {
  /** Of the uploaded file. */
  id: string;
  /** What this post says to people who do not see it; null: what the file itself says. */
  alt: string | null;
}

/** The pictures one platform gets, in order. */
export function picturesOn(content: Post["content"], platform: string): Picture[] {
  const part: unknown = content[platform];
  if (!isRecord(part) || !Array.isArray(part.media)) return [];
  return part.media.flatMap((one: unknown) =>
    isRecord(one) && typeof one.id === "string"
      ? [{ id: one.id, alt: typeof one.alt === "string" ? one.alt : null }]
      : [],
  );
}

/** Every picture of a post once, in the order of its platforms. */
export function picturesOf(post: Pick<Post, "platforms" | "content">): Picture[] {
  const found = new Map<string, Picture>();
  for (const platform of post.platforms) {
    for (const one of picturesOn(post.content, platform)) {
      if (!found.has(one.id)) found.set(one.id, one);
    }
  }
  return [...found.values()];
}

/** The content with one platform's pictures replaced, its other parts kept. */
export function withPictures(
  content: Post["content"],
  platform: string,
  pictures: readonly Picture[],
): Post["content"] {
  const part: unknown = content[platform];
  const { media: _, ...rest } = isRecord(part) ? part : {};
  const media = pictures.map(({ id, alt }) => (alt === null ? { id } : { id, alt }));
  return { ...content, [platform]: media.length > 0 ? { ...rest, media } : rest };
}
