import { describe, expect, it } from "vitest";
import { actionsFor } from "@/components/history/actions";
import { delivery } from "../fake/posts";

describe("what can be done with a post", () => {
  it.each([
    ["draft", "schedule publish edit compose duplicate delete"],
    ["ready_to_publish", "schedule publish edit compose duplicate delete"],
    ["scheduled", "schedule unschedule publish edit duplicate delete"],
    ["publishing", "duplicate"],
    ["published", "duplicate delete"],
    ["partially_published", "duplicate delete"],
    ["failed", "retry edit schedule duplicate delete"],
    ["missed", "publish schedule edit duplicate delete"],
    ["unconfirmed", "duplicate delete"],
  ] as const)("%s: %s", (status, actions) => {
    expect(actionsFor({ status, deliveries: [] }).join(" ")).toBe(actions);
  });

  it("retries what waits for a person", () => {
    const deliveries = [delivery("twitter", { state: "held" })];
    expect(actionsFor({ status: "scheduled", deliveries })[0]).toBe("retry");
  });

  it.each(["partially_published", "unconfirmed"] as const)(
    "retries what failed beside others, %s",
    (status) => {
      const deliveries = [
        delivery("twitter", { state: "unconfirmed" }),
        delivery("bluesky", { state: "failed" }),
      ];
      expect(actionsFor({ status, deliveries })[0]).toBe("retry");
      expect(actionsFor({ status, deliveries: deliveries.slice(0, 1) })).not.toContain("retry");
    },
  );

  it("leaves alone what is only paused", () => {
    const error = { code: "paused", message: "The account is paused." };
    const deliveries = [delivery("twitter", { state: "held", error })];
    expect(actionsFor({ status: "scheduled", deliveries })).not.toContain("retry");
  });

  it("takes back what is public, also a part of a thread, and nothing twice", () => {
    const out = [delivery("twitter", { state: "published" })];
    expect(actionsFor({ status: "published", deliveries: out })).toContain("takeBack");
    const gone = [delivery("twitter", { state: "published", removed_at: "2026-11-22T11:28:05Z" })];
    expect(actionsFor({ status: "published", deliveries: gone })).not.toContain("takeBack");
    const half = [
      delivery("twitter", { state: "failed", parts: [{ remote_id: "1", permalink: null }] }),
    ];
    expect(actionsFor({ status: "failed", deliveries: half })).toContain("takeBack");
    expect(actionsFor({ status: "publishing", deliveries: out })).not.toContain("takeBack");
  });
});
