import type { Account, Problem } from "@/lib/python-backend/types";
import { ALL, type ComposeState } from "./state";

/** The part of the screen that a problem is about. */
export interface Place {
  tab: string | null;
  /** The id of the element to put the cursor into. */
  focus: string;
}

/** The fields of a post that have one place on the screen, by the ids of their elements. */
const PLACES: Record<string, string> = {
  accounts: "compose-accounts",
  platforms: "compose-accounts",
  scheduled_at: "moment-date",
  time_zone: "moment-date",
  fold: "moment-date",
  late_policy: "compose-late",
  late_grace_seconds: "compose-late",
  campaign_id: "compose-campaign",
};

/** Where to go to solve a problem, from the dotted path of its field. */
export function placeOf(problem: Problem, state: ComposeState): Place {
  const path = (problem.field ?? "").split(".");
  const single = path[0] === "content" && path[1] === "accounts";
  const [head = "", name, part, position] = single ? ["content", ...path.slice(2)] : path;
  const place = PLACES[head.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  if (place) return { tab: null, focus: place };
  if (part === "media") {
    const picture = state.pictures[Number(position)];
    return { tab: null, focus: picture ? altFieldOf(picture.id) : "compose-pictures" };
  }
  if (part === "options") {
    const rest = path.slice(path.indexOf("options") + 1).filter((one) => !/^\d+$/.test(one));
    return { tab: null, focus: ["options", name, ...rest].join("-") };
  }
  if (part === "thread") return { tab: null, focus: `thread-${position ?? 0}` };
  const tab = name && name in state.own ? name : ALL;
  return { tab, focus: "compose-text" };
}

/** The id of the field that describes a picture. */
export function altFieldOf(id: string): string {
  return `picture-${id}`;
}

/** How many of the problems concern this account or its platform. */
export function problemsOf(account: Account, problems: readonly Problem[]): number {
  return problems.filter(({ field }) => {
    const path = (field ?? "").split(".");
    return path.includes(account.id) || (path[0] === "content" && path[1] === account.platform);
  }).length;
}
