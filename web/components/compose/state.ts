import { accountTexts, asWish, textFor, withText, writable } from "@/lib/posts/content";
import { type Late, lateOf } from "@/lib/posts/late";
import { optionsOf, threadOf, withOptions, withThread } from "@/lib/posts/parts";
import { type Picture, picturesOn, withPictures } from "@/lib/posts/pictures";
import { isRecord } from "@/lib/python-backend/problem";
import type { Account, LatePolicy, Platform, Post, PostWish } from "@/lib/python-backend/types";
import type { Wall } from "@/lib/time/local";
import { wallOf } from "@/lib/time/wall";

/** What the compose screen can be. */
export interface ComposeState {
  /** The stored post being edited; null while it exists only here. */
  postId: string | null;
  version: number | null;
  /** Ids of the accounts it goes to. */
  accounts: string[];
  /** What every platform gets that has no text of its own. */
  text: string;
  /** Texts of single platforms, by their names, and of single accounts, by their ids. */
  own: Record<string, string>;
  /** The posts that follow the first one, where a platform has threads. */
  thread: string[];
  /** What was chosen for single platforms beside words and pictures, by their schemas. */
  options: Record<string, Record<string, unknown>>;
  /** What every platform shows, in order. */
  pictures: Picture[];
  /** Whether the stored post shows different ones on each platform: kept until one is changed. */
  mixed: boolean;
  /** The rest of the stored content, which this screen does not edit. */
  kept: Post["content"];
  /** The platform or account whose text is being edited, or "all". */
  tab: string;
  wall: Wall | null;
  late: Late;
  campaign: string | null;
  /** Problems are shown from the first try or the first word on. */
  touched: boolean;
}

export type ComposeAction =
  | { type: "account toggled"; id: string }
  | { type: "tab opened"; tab: string }
  | { type: "written"; text: string }
  | { type: "text made own"; key: string; platform: string }
  | { type: "text made shared"; key: string }
  | { type: "part added" }
  | { type: "part written"; place: number; text: string }
  | { type: "part removed"; place: number }
  | { type: "option chosen"; platform: string; name: string; value: unknown }
  | { type: "moment picked"; wall: Wall | null }
  | { type: "picture added"; id: string }
  | { type: "picture described"; id: string; alt: string }
  | { type: "picture moved"; id: string; to: number }
  | { type: "picture removed"; id: string }
  | { type: "picture replaced"; id: string; by: string }
  | { type: "late chosen"; late: Late }
  | { type: "campaign chosen"; campaign: string | null }
  | { type: "attempted" }
  | { type: "stored"; post: Post }
  | { type: "stored taken"; post: Post; zone: string }
  | { type: "version accepted"; version: number };

export const ALL = "all";

export function compose(state: ComposeState, action: ComposeAction): ComposeState {
  switch (action.type) {
    case "account toggled":
      return { ...state, accounts: toggled(state.accounts, action.id) };
    case "tab opened":
      return { ...state, tab: action.tab };
    case "written":
      return { ...write(state, action.text), touched: true };
    case "text made own":
      return { ...state, own: { ...state.own, [action.key]: textOn(state, action.platform) } };
    case "text made shared":
      return { ...state, own: without(state.own, action.key) };
    case "part added":
    case "part written":
    case "part removed":
      return { ...state, thread: threaded(state.thread, action), touched: true };
    case "option chosen":
      return { ...state, options: withOption(state.options, action), touched: true };
    case "moment picked":
      return { ...state, wall: action.wall };
    case "picture added":
    case "picture described":
    case "picture moved":
    case "picture removed":
    case "picture replaced":
      return { ...state, pictures: arranged(state.pictures, action), mixed: false, touched: true };
    case "late chosen":
      return { ...state, late: action.late };
    case "campaign chosen":
      return { ...state, campaign: action.campaign };
    case "attempted":
      return { ...state, touched: true };
    case "stored":
      return { ...state, postId: action.post.id, version: action.post.version };
    case "stored taken":
      return fromPost(action.post, state.accounts, action.zone);
    case "version accepted":
      return { ...state, version: action.version };
  }
}

export function freshState(accounts: Account[], policy: LatePolicy): ComposeState {
  const connected = accounts.filter((account) => account.status === "connected");
  return {
    postId: null,
    version: null,
    accounts: connected.map((account) => account.id),
    text: "",
    own: {},
    thread: [],
    options: {},
    pictures: [],
    mixed: false,
    kept: {},
    tab: ALL,
    wall: null,
    late: { policy, grace: null },
    campaign: null,
    touched: false,
  };
}

/** The state that edits a stored post: the text most platforms share, and the others' own. */
export function fromPost(post: Post, accounts: string[], zone: string): ComposeState {
  const texts = post.platforms.map((platform) => textFor(post.content, platform) ?? "");
  const text = mostCommon(texts);
  const own = post.platforms.flatMap((platform, at) =>
    texts[at] === text ? [] : [[platform, texts[at] ?? ""] as const],
  );
  const shown = post.platforms.map((platform) => picturesOn(post.content, platform));
  return {
    postId: post.id,
    version: post.version,
    accounts: post.accounts.length > 0 ? post.accounts : accounts,
    text,
    own: { ...Object.fromEntries(own), ...accountTexts(post.content) },
    thread: threadOf(post),
    options: optionsOf(post),
    pictures: shown[0] ?? [],
    mixed: new Set(shown.map((one) => JSON.stringify(one))).size > 1,
    kept: writable(post.content),
    tab: ALL,
    wall: post.scheduled_at ? wallOf(Date.parse(post.scheduled_at), zone) : null,
    late: lateOf(post),
    campaign: post.campaign_id,
    touched: false,
  };
}

/** The accounts of the post's platforms, where it names no single ones. */
export function accountsOf(post: Post, accounts: Account[]): string[] {
  return accounts.filter(({ platform }) => post.platforms.includes(platform)).map(({ id }) => id);
}

/** The text of a platform, or of one of its accounts. */
export function textOn(state: ComposeState, platform: string, account?: string): string {
  return (account && state.own[account]) ?? state.own[platform] ?? state.text;
}

/** The chosen accounts that share their platform with another one, or have a text of their own. */
export function siblingsOf(state: ComposeState, accounts: Account[]): Account[] {
  const chosen = accounts.filter(({ id }) => state.accounts.includes(id));
  return chosen.filter(
    ({ id, platform }) =>
      id in state.own || chosen.some((other) => other.platform === platform && other.id !== id),
  );
}

/** The platforms of the chosen accounts, each once, in the accounts' order. */
export function platformsOf(state: ComposeState, accounts: Account[]): string[] {
  const chosen = accounts.filter((account) => state.accounts.includes(account.id));
  return [...new Set(chosen.map((account) => account.platform))];
}

/** The post as the API takes it, without status and moment; `known` says who has threads. */
export function bodyOf(state: ComposeState, accounts: Account[], known: Platform[]): PostWish {
  const platforms = platformsOf(state, accounts);
  const single = accountParts(state, accounts);
  let content: Post["content"] = {};
  for (const platform of platforms) {
    const part = state.kept[platform];
    const before: Post["content"] = part === undefined ? {} : { [platform]: part };
    const said = withText(before, platform, textOn(state, platform));
    const shown = state.mixed ? said : withPictures(said, platform, state.pictures);
    const follows = known.some(({ name, thread }) => name === platform && thread > 1);
    const whole = withThread(shown, platform, follows ? state.thread : []);
    content = { ...content, ...withOptions(whole, platform, state.options[platform] ?? {}) };
  }
  if (Object.keys(single).length > 0) content = { ...content, accounts: single };
  return {
    platforms,
    accounts: state.accounts,
    content: asWish(content),
    campaignId: state.campaign,
    latePolicy: state.late.policy,
    lateGraceSeconds: state.late.grace,
  };
}

export function isBlank(state: ComposeState): boolean {
  if (state.pictures.length > 0) return false;
  return ![state.text, ...Object.values(state.own), ...state.thread].some((text) => text.trim());
}

const WORK = [
  "text",
  "own",
  "thread",
  "options",
  "pictures",
  "accounts",
  "wall",
  "late",
  "campaign",
] as const;

/** Whether two states hold the same work: what a person wrote and chose. */
export function isSameWork(a: ComposeState, b: ComposeState): boolean {
  return WORK.every((part) => a[part] === b[part]);
}

/** What is said to single accounts: their own texts, and what else was stored for them. */
function accountParts(state: ComposeState, accounts: Account[]): Record<string, unknown> {
  const stored = isRecord(state.kept.accounts) ? state.kept.accounts : {};
  const parts = state.accounts.flatMap((id): [string, unknown][] => {
    const before = isRecord(stored[id]) ? stored[id] : {};
    const { text: _, ...rest } = before;
    const own = state.own[id];
    const mine = own === undefined ? rest : { ...rest, text: own };
    const known = accounts.some((account) => account.id === id);
    return known && Object.keys(mine).length > 0 ? [[id, mine]] : [];
  });
  return Object.fromEntries(parts);
}

type Threading = Extract<ComposeAction, { type: `part ${string}` }>;

function threaded(thread: string[], action: Threading): string[] {
  switch (action.type) {
    case "part added":
      return [...thread, ""];
    case "part written":
      return thread.with(action.place, action.text);
    case "part removed":
      return thread.toSpliced(action.place, 1);
  }
}

type Choice = Extract<ComposeAction, { type: "option chosen" }>;

function withOption(options: ComposeState["options"], choice: Choice): ComposeState["options"] {
  const { platform, name, value } = choice;
  const others = Object.entries(options[platform] ?? {}).filter(([one]) => one !== name);
  const mine = Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  return { ...options, [platform]: mine };
}

type Arrangement = Extract<ComposeAction, { type: `picture ${string}` }>;

function arranged(pictures: Picture[], action: Arrangement): Picture[] {
  const others = pictures.filter(({ id }) => id !== action.id);
  switch (action.type) {
    case "picture added":
      return [...others, { id: action.id, alt: null }];
    case "picture described":
      return pictures.map((one) => (one.id === action.id ? { ...one, alt: action.alt } : one));
    case "picture moved": {
      const moved = pictures.find(({ id }) => id === action.id);
      return moved ? others.toSpliced(action.to, 0, moved) : pictures;
    }
    case "picture removed":
      return others;
    case "picture replaced":
      return pictures.map((one) => (one.id === action.id ? { ...one, id: action.by } : one));
  }
}

function write(state: ComposeState, text: string): ComposeState {
  if (state.tab === ALL) return { ...state, text };
  return { ...state, own: { ...state.own, [state.tab]: text } };
}

function toggled(ids: string[], id: string): string[] {
  return ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
}

function without(texts: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([one]) => one !== key));
}

function mostCommon(texts: string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
