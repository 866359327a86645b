import type { Post } from "../python-backend/types";
import { type Change, changesBetween, isPending, type Known, type Sight } from "./changes";

interface Sources {
  find(id: string): Promise<Sight>;
  listPending(): Promise<Post[]>;
  now(): number;
  onSeen(id: string, sight: Sight): void;
  onChange(change: Change): void;
}

/** Remembers which posts are still to go out and says what became of them at each new look. */
export interface Watcher {
  remember(post: Post): void;
  forget(id: string): void;
  /** Looks at these posts again: the stream said that they changed. */
  look(ids: readonly string[]): Promise<void>;
  /** Looks at everything that is still to go out: there may be no stream to say it. */
  poll(): Promise<void>;
}

export function createWatcher(sources: Sources): Watcher {
  const known = new Map<string, Known>();

  const remember = (post: Post) => {
    if (isPending(post)) known.set(post.id, post);
    else known.delete(post.id);
  };

  const take = (seen: ReadonlyMap<string, Sight>) => {
    const before = [...known.values()];
    for (const [id, sight] of seen) {
      if (sight === "gone") known.delete(id);
      else remember(sight);
      sources.onSeen(id, sight);
    }
    changesBetween(before, seen, sources.now()).forEach(sources.onChange);
  };

  const look = async (ids: readonly string[]) => {
    const sights = await Promise.allSettled(
      ids.map(async (id) => [id, await sources.find(id)] as const),
    );
    take(new Map(sights.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))));
  };

  const poll = async () => {
    const pending = await sources.listPending();
    const listed = new Set(pending.map((post) => post.id));
    const absent = [...known.keys()].filter((id) => !listed.has(id));
    take(new Map(pending.map((post) => [post.id, post])));
    await look(absent);
  };

  return { remember, forget: (id) => known.delete(id), look, poll };
}
