import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Crop, Media } from "../types";

const at = (id: string) => ({ params: { path: { media_id: id } } });

export const mediaKeys = {
  one: (id: string) => ["media", "one", id] as const,
  lists: ["media", "list"] as const,
  usage: ["media", "usage"] as const,
  crops: (id: string) => ["media", "crops", id] as const,
};

/** The files whose name or alt text holds `search`, newest first, a page at a time. */
export const mediaListQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: [...mediaKeys.lists, search],
    queryFn: ({ pageParam }) => listMedia(search, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });

/** How much the workspace's files amount to. */
export const mediaUsageQuery = queryOptions({
  queryKey: mediaKeys.usage,
  queryFn: () => answer(api.GET("/api/v1/media/usage")),
});

function listMedia(search: string, cursor: string | null) {
  const query = { limit: 48, ...(search && { search }), ...(cursor && { cursor }) };
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

/** The largest piece that fits, for each platform that does not take the picture's shape. */
export const cropsQuery = (id: string) =>
  queryOptions({
    queryKey: mediaKeys.crops(id),
    queryFn: () => listCrops(id),
    staleTime: Number.POSITIVE_INFINITY,
  });

async function listCrops(id: string): Promise<Crop[]> {
  const { items } = await answer(api.GET("/api/v1/media/{media_id}/crops", at(id)));
  return items;
}

/** A piece of a picture as a picture of its own. */
export function cropMedia(id: string, { x, y, width, height }: Crop): Promise<Media> {
  const body = { x, y, width, height };
  return answer(api.POST("/api/v1/media/{media_id}/crop", { ...at(id), body }));
}

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
