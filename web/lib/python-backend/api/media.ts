import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Media } from "../types";

export const mediaKeys = {
  one: (id: string) => ["media", "one", id] as const,
  lists: ["media", "list"] as const,
};

/** All files of the workspace, newest first, a page at a time. */
export const mediaListQuery = infiniteQueryOptions({
  queryKey: mediaKeys.lists,
  queryFn: ({ pageParam }) => listMedia(pageParam),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

function listMedia(cursor: string | null) {
  const query = { limit: 48, ...(cursor && { cursor }) };
  return answer(api.GET("/api/v1/media", { params: { query } }));
}

/** A file never changes under its id; only what is said about it does. */
export const mediaQuery = (id: string) =>
  queryOptions({
    queryKey: mediaKeys.one(id),
    queryFn: () => readMedia(id),
    staleTime: Number.POSITIVE_INFINITY,
  });

function readMedia(id: string): Promise<Media> {
  return answer(api.GET("/api/v1/media/{media_id}", { params: { path: { media_id: id } } }));
}

const at = (id: string) => ({ params: { path: { media_id: id } } });

/** Says what a file shows to people who do not see it. */
export function describeMedia(id: string, alt: string): Promise<Media> {
  return answer(api.PUT("/api/v1/media/{media_id}", { ...at(id), body: { altText: alt } }));
}

export function deleteMedia(id: string): Promise<unknown> {
  return answer(api.DELETE("/api/v1/media/{media_id}", at(id)));
}

export function isVideo(file: Pick<Media, "mime_type">): boolean {
  return file.mime_type.startsWith("video/");
}

/** Where the still picture of a video is. */
export function posterOf(id: string): string {
  return `/api/v1/media/${id}/poster`;
}

/** Where the file itself is. */
export function contentOf(id: string): string {
  return `/api/v1/media/${id}/content`;
}
