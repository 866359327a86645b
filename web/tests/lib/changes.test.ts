import { describe, expect, it } from "vitest";
import { changesBetween, type Sight } from "@/lib/live/changes";
import type { Post } from "@/lib/python-backend/types";
import { at, delivery, NOW, post } from "../fake/posts";

const before = post("p", "Hello", { status: "scheduled", scheduled_at: at(-1) });

function seen(sight: Sight) {
  return new Map([["p", sight]]);
}

function changed(change: Partial<Post>) {
  return changesBetween([before], seen({ ...before, ...change }), NOW);
}

describe("what became of a scheduled post", () => {
  it("was published", () => {
    expect(changed({ status: "published" })).toMatchObject([{ kind: "published", postId: "p" }]);
  });

  it("was published and removed: gone after its moment", () => {
    expect(changesBetween([before], seen("gone"), NOW)).toMatchObject([
      { kind: "published", post: null },
    ]);
  });

  it("was published and removed while it was being sent", () => {
    const sending = { ...before, status: "publishing" as const, scheduled_at: at(5) };
    expect(changesBetween([sending], seen("gone"), NOW)).toMatchObject([{ kind: "published" }]);
  });

  it("was deleted by somebody: gone before its moment", () => {
    const later = { ...before, scheduled_at: at(60) };
    expect(changesBetween([later], seen("gone"), NOW)).toEqual([]);
  });

  it("failed, with the reason", () => {
    expect(changed({ status: "failed", publish_error: "Too long" })).toMatchObject([
      { kind: "failed", error: "Too long" },
    ]);
  });

  it("failed, with the delivery's reason where the post has none", () => {
    const deliveries = [delivery("twitter", { error: { code: "x", message: "Refused" } })];
    expect(changed({ status: "failed", deliveries })).toMatchObject([{ error: "Refused" }]);
  });

  it("failed and went back to being a draft", () => {
    expect(changed({ status: "draft", publish_error: "Refused" })).toMatchObject([
      { kind: "failed", error: "Refused" },
    ]);
  });

  it.each(["partially_published", "missed", "unconfirmed"] as const)("ended %s", (status) => {
    expect(changed({ status })).toMatchObject([{ kind: status }]);
  });

  it.each(["scheduled", "publishing", "ready_to_publish", "draft"] as const)(
    "is nothing to tell while it is %s",
    (status) => {
      expect(changed({ status })).toEqual([]);
    },
  );

  it("is nothing to tell if it was not looked at", () => {
    expect(changesBetween([before], new Map(), NOW)).toEqual([]);
  });

  it("is nothing to tell of a post that had ended before", () => {
    const ended = { ...before, status: "failed" as const };
    expect(changesBetween([ended], seen({ ...before, status: "published" }), NOW)).toEqual([]);
  });
});
