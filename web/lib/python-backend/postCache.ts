import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { postKeys } from "./api/posts";
import type { Post, PostPage } from "./types";

type Pages = InfiniteData<PostPage, string | null>;

/** Shows this version of a post everywhere it is shown now. */
export function putPost(queries: QueryClient, post: Post): void {
  changeLists(queries, (items) => items.map((one) => (one.id === post.id ? post : one)));
  queries.setQueryData(postKeys.one(post.id), post);
}

/** Takes a post out of every list. */
export function dropPost(queries: QueryClient, id: string): void {
  changeLists(queries, (items) => items.filter((one) => one.id !== id));
  queries.removeQueries({ queryKey: postKeys.one(id) });
}

/** Remembers all lists as they are; the returned function puts them back. */
export function keepLists(queries: QueryClient): () => void {
  const kept = queries.getQueriesData<Pages>({ queryKey: postKeys.lists });
  return () => {
    for (const [key, data] of kept) queries.setQueryData(key, data);
  };
}

function changeLists(queries: QueryClient, change: (items: Post[]) => Post[]): void {
  queries.setQueriesData<Pages>(
    { queryKey: postKeys.lists },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: change(page.items) })),
      },
  );
}
