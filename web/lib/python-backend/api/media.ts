import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import { ApiProblem, isRecord } from "../problem";
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

/**
 * Uploads a picture and says how far it is, from 0 to 1; raises ApiProblem, also when aborted.
 *
 * Not fetch: only XMLHttpRequest tells how much of a body has left.
 */
export function uploadMedia(
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Media> {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  signal.addEventListener("abort", () => request.abort());
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (total > 0) onProgress(loaded / total);
  });
  return new Promise((resolve, reject) => {
    const unreachable = () => reject(ApiProblem.unreachable());
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status === 201) resolve(body as unknown as Media);
      else reject(new ApiProblem(request.status, body));
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, unreachable);
    request.open("POST", "/api/v1/media");
    request.send(form);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
