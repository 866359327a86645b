import { describe, expect, it } from "vitest";
import { placeOf, problemsOf } from "@/components/compose/problems";
import {
  accountsOf,
  bodyOf,
  type ComposeAction,
  type ComposeState,
  compose,
  freshState,
  fromPost,
  isBlank,
  platformsOf,
  siblingsOf,
  textOn,
} from "@/components/compose/state";
import { ACCOUNTS, at, PLATFORMS, post } from "../fake/posts";

function problemAt(field: string) {
  return { code: "x", message: "No.", field };
}

function after(state: ComposeState, ...actions: ComposeAction[]): ComposeState {
  return actions.reduce(compose, state);
}

const fresh = freshState(ACCOUNTS, "publish");
const written = after(fresh, { type: "written", text: "Hello" });

describe("a new post", () => {
  it("goes to every connected account and is blank", () => {
    const [first, ...rest] = ACCOUNTS;
    if (!first) throw new Error("no account");
    const state = freshState([{ ...first, status: "needs_login" }, ...rest], "ask");
    expect(state.accounts).toEqual(["acc-b", "acc-m"]);
    expect(isBlank(state)).toBe(true);
    expect(state.touched).toBe(false);
  });

  it("gives every platform the text for all", () => {
    expect(bodyOf(written, ACCOUNTS, PLATFORMS)).toEqual({
      platforms: ["twitter", "bluesky", "mastodon"],
      accounts: ["acc-x", "acc-b", "acc-m"],
      content: {
        twitter: { text: "Hello" },
        bluesky: { text: "Hello" },
        mastodon: { text: "Hello" },
      },
      campaignId: null,
      latePolicy: "publish",
      lateGraceSeconds: null,
    });
  });

  it("leaves out platforms without a chosen account", () => {
    const state = after(written, { type: "account toggled", id: "acc-b" });
    expect(platformsOf(state, ACCOUNTS)).toEqual(["twitter", "mastodon"]);
    expect(Object.keys(bodyOf(state, ACCOUNTS, PLATFORMS).content ?? {})).toEqual([
      "twitter",
      "mastodon",
    ]);
    expect(after(state, { type: "account toggled", id: "acc-b" }).accounts).toContain("acc-b");
  });
});

describe("a text of a platform's own", () => {
  const own = after(
    written,
    { type: "tab opened", tab: "twitter" },
    { type: "text made own", key: "twitter", platform: "twitter" },
    { type: "written", text: "Hello X" },
  );

  it("starts as the text for all and then goes its own way", () => {
    expect(textOn(own, "twitter")).toBe("Hello X");
    expect(textOn(own, "bluesky")).toBe("Hello");
  });

  it("stays when the text for all changes", () => {
    const state = after(own, { type: "tab opened", tab: "all" }, { type: "written", text: "Ahoy" });
    expect(textOn(state, "twitter")).toBe("Hello X");
    expect(textOn(state, "mastodon")).toBe("Ahoy");
  });

  it("can be given up", () => {
    const state = after(own, { type: "text made shared", key: "twitter" });
    expect(textOn(state, "twitter")).toBe("Hello");
  });
});

describe("editing a stored post", () => {
  const stored = post("p", "Shared", {
    platforms: ["twitter", "bluesky", "mastodon"],
    content: {
      twitter: { text: "Short", thread: [] },
      bluesky: { text: "Shared" },
      mastodon: { text: "Shared" },
      accounts: { "acc-m": { text: "Only here" } },
      _publishLog: {},
    },
    scheduled_at: at(0),
    version: 7,
  });
  const state = fromPost(stored, accountsOf(stored, ACCOUNTS), "Europe/Berlin");

  it("takes the commonest text for all", () => {
    expect(state.text).toBe("Shared");
    expect(state.own).toEqual({ twitter: "Short", "acc-m": "Only here" });
    expect(state.wall).toEqual({ date: "2026-11-22", time: "12:28:05" });
    expect(state.version).toBe(7);
  });

  it("keeps what this screen does not edit, and sends nothing that only the system writes", () => {
    expect(bodyOf(state, ACCOUNTS, PLATFORMS).content).toEqual({
      twitter: { text: "Short" },
      bluesky: { text: "Shared" },
      mastodon: { text: "Shared" },
      accounts: { "acc-m": { text: "Only here" } },
    });
    expect(siblingsOf(state, ACCOUNTS).map(({ id }) => id)).toEqual(["acc-m"]);
  });

  it("takes the stored version over what was typed", () => {
    const typed = after(state, { type: "written", text: "Mine" });
    const taken = after(typed, { type: "stored taken", post: stored, zone: "Europe/Berlin" });
    expect(taken.text).toBe("Shared");
  });

  it("knows the id and version once it is stored", () => {
    const saved = after(written, { type: "stored", post: stored });
    expect(saved).toMatchObject({ postId: "p", version: 7, text: "Hello" });
    expect(after(saved, { type: "version accepted", version: 9 }).version).toBe(9);
  });
});

describe("problems", () => {
  const [x] = ACCOUNTS;
  if (!x) throw new Error("no account");
  const tooLong = { code: "text_too_long", message: "Too long", field: "content.twitter.text" };

  it("are counted for the account they concern", () => {
    const other = { code: "x", message: "", field: "content.bluesky.text" };
    const single = { code: "x", message: "", field: "content.accounts.acc-x.text" };
    expect(problemsOf(x, [tooLong, other, single])).toBe(2);
  });

  it("lead to their field", () => {
    expect(placeOf(tooLong, written)).toEqual({ tab: "all", focus: "compose-text" });
    const own = { ...written, own: { twitter: "" } };
    expect(placeOf(tooLong, own)).toEqual({ tab: "twitter", focus: "compose-text" });
    expect(placeOf({ ...tooLong, field: "scheduled_at" }, own).focus).toBe("moment-date");
    expect(placeOf({ ...tooLong, field: "accounts" }, own).focus).toBe("compose-accounts");
  });
});

describe("pictures", () => {
  const shown = after(
    written,
    { type: "picture added", id: "m-1" },
    { type: "picture added", id: "m-2" },
    { type: "picture added", id: "m-3" },
  );

  it("go to every platform in their order, with what is said of them", () => {
    const state = after(
      shown,
      { type: "picture described", id: "m-3", alt: "The stall" },
      { type: "picture moved", id: "m-3", to: 0 },
      { type: "picture removed", id: "m-1" },
    );
    const media = [{ id: "m-3", alt: "The stall" }, { id: "m-2" }];
    expect(bodyOf(state, ACCOUNTS, PLATFORMS).content).toEqual({
      twitter: { text: "Hello", media },
      bluesky: { text: "Hello", media },
      mastodon: { text: "Hello", media },
    });
  });

  it("are enough to post", () => {
    expect(isBlank(after(fresh, { type: "picture added", id: "m-1" }))).toBe(false);
  });

  it("that differ by platform stay so until one is changed", () => {
    const content = {
      twitter: { text: "Hello", media: [{ id: "m-1" }] },
      bluesky: { text: "Hello", media: [{ id: "m-2" }] },
    };
    const stored = post("p", "", { platforms: ["twitter", "bluesky"], content });
    const state = fromPost(stored, ["acc-x", "acc-b"], "UTC");
    expect(bodyOf(state, ACCOUNTS, PLATFORMS).content).toEqual(content);
    const changed = after(state, { type: "picture removed", id: "m-1" });
    expect(bodyOf(changed, ACCOUNTS, PLATFORMS).content).toEqual({
      twitter: { text: "Hello" },
      bluesky: { text: "Hello" },
    });
  });

  it("that are refused are where their problem leads", () => {
    const place = (field: string) => placeOf({ code: "", message: "", field }, shown).focus;
    expect(place("content.bluesky.media.1")).toBe("picture-m-2");
    expect(place("content.twitter.media.2.alt")).toBe("picture-m-3");
    expect(place("content.twitter.media")).toBe("compose-pictures");
    expect(place("lateGraceSeconds")).toBe("compose-late");
    expect(place("campaign_id")).toBe("compose-campaign");
  });
});

describe("a thread", () => {
  const threaded = after(
    written,
    { type: "part added" },
    { type: "part written", place: 0, text: "And then" },
    { type: "part added" },
    { type: "part removed", place: 1 },
  );

  it("goes to the platforms that have threads, and to no others", () => {
    const single = PLATFORMS.map((one) => (one.name === "mastodon" ? { ...one, thread: 1 } : one));
    const { content } = bodyOf(threaded, ACCOUNTS, single);
    expect(content?.twitter).toEqual({ text: "Hello", thread: [{ text: "And then" }] });
    expect(content?.mastodon).toEqual({ text: "Hello" });
  });

  it("is read back, and keeps the pictures of its parts", () => {
    const picture = { id: "m-1" };
    const stored = post("p-1", "Hi", {
      platforms: ["twitter"],
      content: { twitter: { text: "Hi", thread: [{ text: "More", media: [picture] }] } },
    });
    const state = fromPost(stored, ["acc-x"], "UTC");
    expect(state.thread).toEqual(["More"]);
    const changed = after(state, { type: "part written", place: 0, text: "Less" });
    expect(bodyOf(changed, ACCOUNTS, PLATFORMS).content).toEqual({
      twitter: { text: "Hi", thread: [{ text: "Less", media: [picture] }] },
    });
  });

  it("makes a post that is not blank", () => {
    const state = after(fresh, { type: "part added" });
    expect(isBlank(state)).toBe(true);
    expect(isBlank(after(state, { type: "part written", place: 0, text: "x" }))).toBe(false);
  });
});

describe("choices of a platform", () => {
  it("are sent with it, and gone when taken back", () => {
    const chosen = after(written, {
      type: "option chosen",
      platform: "twitter",
      name: "made_with_ai",
      value: true,
    });
    const { content } = bodyOf(chosen, ACCOUNTS, PLATFORMS);
    expect(content?.twitter).toEqual({ text: "Hello", options: { made_with_ai: true } });
    expect(content?.bluesky).toEqual({ text: "Hello" });
    const back = after(chosen, {
      type: "option chosen",
      platform: "twitter",
      name: "made_with_ai",
      value: undefined,
    });
    expect(bodyOf(back, ACCOUNTS, PLATFORMS).content?.twitter).toEqual({ text: "Hello" });
  });

  it("are read back from a stored post", () => {
    const stored = post("p-1", "Hi", {
      platforms: ["twitter"],
      content: { twitter: { text: "Hi", options: { first_comment: "me" } } },
    });
    expect(fromPost(stored, ["acc-x"], "UTC").options).toEqual({
      twitter: { first_comment: "me" },
    });
  });

  it("have their own places on the screen", () => {
    expect(placeOf(problemAt("content.twitter.options.poll.options.1"), fresh).focus).toBe(
      "options-twitter-poll-options",
    );
    expect(placeOf(problemAt("content.twitter.thread.2.text"), fresh).focus).toBe("thread-2");
  });
});

describe("a text for one account", () => {
  const second = { ...ACCOUNTS[0], id: "acc-y", handle: "other" } as (typeof ACCOUNTS)[number];
  const all = [...ACCOUNTS, second];
  const state = freshState(all, "publish");
  const own = after(
    state,
    { type: "written", text: "Hello" },
    { type: "text made own", key: "acc-y", platform: "twitter" },
    { type: "tab opened", tab: "acc-y" },
    { type: "written", text: "Only here" },
  );

  it("stands beside its platform's", () => {
    expect(siblingsOf(own, all).map(({ id }) => id)).toEqual(["acc-x", "acc-y"]);
    const { content } = bodyOf(own, all, PLATFORMS);
    expect(content?.twitter).toEqual({ text: "Hello" });
    expect(content?.accounts).toEqual({ "acc-y": { text: "Only here" } });
    expect(textOn(own, "twitter", "acc-y")).toBe("Only here");
    expect(textOn(own, "twitter", "acc-x")).toBe("Hello");
  });
});
