import { expect, it } from "vitest";
import type { Change, Sight } from "@/lib/live/changes";
import { createWatcher } from "@/lib/live/watcher";
import type { Post } from "@/lib/python-backend/types";
import { at, NOW, post } from "../fake/posts";

function watched(...scheduled: Post[]) {
  const stored = new Map<string, Sight>(scheduled.map((one) => [one.id, one]));
  const changes: Change[] = [];
  const watcher = createWatcher({
    find: async (id) => stored.get(id) ?? "gone",
    listPending: async () =>
      [...stored.values()].filter(
        (one): one is Post => one !== "gone" && one.status === "scheduled",
      ),
    now: () => NOW,
    onSeen: () => undefined,
    onChange: (change) => changes.push(change),
  });
  return { watcher, stored, changes };
}

const due = post("p", "Hello", { status: "scheduled", scheduled_at: at(-1) });

it("polling finds a post that was published since", async () => {
  const { watcher, stored, changes } = watched(due);
  await watcher.poll();
  expect(changes).toEqual([]);
  stored.set("p", { ...due, status: "published" });
  await watcher.poll();
  expect(changes).toMatchObject([{ kind: "published", postId: "p" }]);
});

it("polling takes a post that is gone for published", async () => {
  const { watcher, stored, changes } = watched(due);
  await watcher.poll();
  stored.delete("p");
  await watcher.poll();
  expect(changes).toMatchObject([{ kind: "published" }]);
});

it("tells each end once", async () => {
  const { watcher, stored, changes } = watched(due);
  await watcher.poll();
  stored.set("p", { ...due, status: "failed", publish_error: "No" });
  await watcher.look(["p"]);
  await watcher.look(["p"]);
  await watcher.poll();
  expect(changes).toHaveLength(1);
});

it("says nothing of a post that the person deleted here", async () => {
  const { watcher, stored, changes } = watched(due);
  await watcher.poll();
  watcher.forget("p");
  stored.delete("p");
  await watcher.look(["p"]);
  expect(changes).toEqual([]);
});
