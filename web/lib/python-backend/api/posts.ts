import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import { isCode } from "../problem";
import type { Post, PostCheck, PostPage, PostStatus, PostWish, SettleWish } from "../types";

export interface PostFilter {
  status: PostStatus[];
  platform: string | null;
  campaign: string | null;
  search: string;
}

const PENDING = "scheduled,publishing";
const PAGE = 30;

export const postKeys = {
  all: ["posts"] as const,
  lists: ["posts", "list"] as const,
  list: (filter: PostFilter) => ["posts", "list", filter] as const,
  one: (id: string) => ["posts", "one", id] as const,
  check: (draft: PostWish | null, id: string | null) => ["posts", "check", draft, id] as const,
};

export const postListQuery = (filter: PostFilter) =>
  infiniteQueryOptions({
    queryKey: postKeys.list(filter),
    queryFn: ({ pageParam }) => listPosts(filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page: PostPage) => page.next_cursor ?? null,
  });

export const postQuery = (id: string) =>
  queryOptions({ queryKey: postKeys.one(id), queryFn: () => getPost(id) });

/** What the server says to a draft; `id` is the stored post that it would change. */
export const postCheckQuery = (draft: PostWish | null, id: string | null) =>
  queryOptions({
    queryKey: postKeys.check(draft, id),
    queryFn: () => checkPost(draft ?? {}, id),
    enabled: draft !== null,
    staleTime: 10_000,
    retry: false,
  });

function listPosts(filter: PostFilter, cursor: string | null): Promise<PostPage> {
  const query = {
    limit: PAGE,
    ...(filter.status.length > 0 && { status: filter.status.join(",") }),
    ...(filter.platform && { platform: filter.platform }),
    ...(filter.campaign && { campaign_id: filter.campaign }),
    ...(filter.search && { search: filter.search }),
    ...(cursor && { cursor }),
  };
  return answer(api.GET("/api/v1/posts", { params: { query } }));
}

/** Every post that is still to go out, all pages of it. */
export async function listPendingPosts(): Promise<Post[]> {
  const found: Post[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { status: PENDING, limit: 100, ...(cursor && { cursor }) };
    const page: PostPage = await answer(api.GET("/api/v1/posts", { params: { query } }));
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

const at = (id: string) => ({ path: { post_id: id } });

function getPost(id: string): Promise<Post> {
  return answer(api.GET("/api/v1/posts/{post_id}", { params: at(id) }));
}

/** The post, or "gone" when it was deleted, or removed after publishing. */
export async function findPost(id: string): Promise<Post | "gone"> {
  try {
    return await getPost(id);
  } catch (error) {
    if (isCode(error, "not_found")) return "gone";
    throw error;
  }
}

export function createPost(body: PostWish, key: string): Promise<Post> {
  const params = { header: { "idempotency-key": key } };
  return answer(api.POST("/api/v1/posts", { params, body }));
}

/** Changes a post; with `version`, refused as `version_conflict` if somebody was faster. */
export function updatePost(id: string, body: PostWish, version?: number): Promise<Post> {
  const header = version === undefined ? {} : { "if-match": `"${version}"` };
  return answer(api.PUT("/api/v1/posts/{post_id}", { params: { ...at(id), header }, body }));
}

export async function deletePost(id: string): Promise<void> {
  await answer(api.DELETE("/api/v1/posts/{post_id}", { params: at(id) }));
}

export function restorePost(id: string): Promise<Post> {
  return answer(api.POST("/api/v1/posts/{post_id}/restore", { params: at(id) }));
}

export function publishPost(id: string, undoSeconds: number, anyway = false): Promise<Post> {
  const body = { undoSeconds, ...(anyway && { acceptOverQuota: true }) };
  return answer(api.POST("/api/v1/posts/{post_id}/publish", { params: at(id), body }));
}

export function retryPost(id: string, anyway = false): Promise<Post> {
  const body = { ...(anyway && { acceptOverQuota: true }) };
  return answer(api.POST("/api/v1/posts/{post_id}/retry", { params: at(id), body }));
}

/** Deletes on the platforms what of a post is public. */
export function takeBack(id: string) {
  return answer(api.POST("/api/v1/posts/{post_id}/take-back", { params: at(id) }));
}

export type Settlement = Pick<SettleWish, "choice"> & Partial<SettleWish>;

/** What a person found out about a delivery whose outcome nobody knew. */
export function settleDelivery(id: string, deliveryId: string, found: Settlement): Promise<Post> {
  const params = { path: { post_id: id, delivery_id: deliveryId } };
  const body = { permalink: "", ...found };
  return answer(
    api.POST("/api/v1/posts/{post_id}/deliveries/{delivery_id}/settle", { params, body }),
  );
}

export function duplicatePost(id: string): Promise<Post> {
  return answer(api.POST("/api/v1/posts/{post_id}/duplicate", { params: at(id) }));
}

/** Everything that is wrong with a draft; nothing is stored. */
function checkPost(body: PostWish, id: string | null): Promise<PostCheck> {
  const query = id === null ? {} : { post_id: id };
  return answer(api.POST("/api/v1/posts/check", { params: { query }, body }));
}
