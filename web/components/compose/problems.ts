import type { Account, Problem } from "@/lib/python-backend/types";
import { ALL, type ComposeState } from "./state";

/** The part of the screen that a problem is about. */
export interface Place {
  tab: string | null;
  /** The id of the element to put the cursor into. */
  focus: "compose-text" | "compose-accounts" | "moment-date";
}

const WHEN = ["scheduled_at", "scheduledAt", "time_zone", "timeZone", "fold"];

/** Where to go to solve a problem, from the dotted path of its field. */
export function placeOf(problem: Problem, state: ComposeState): Place {
  const [head, name] = (problem.field ?? "").split(".");
  if (head === "accounts" || head === "platforms") return { tab: null, focus: "compose-accounts" };
  if (WHEN.includes(head ?? "")) return { tab: null, focus: "moment-date" };
  const tab = name && name in state.own ? name : ALL;
  return { tab, focus: "compose-text" };
}

/** How many of the problems concern this account or its platform. */
export function problemsOf(account: Account, problems: readonly Problem[]): number {
  return problems.filter(({ field }) => {
    const path = (field ?? "").split(".");
    return path.includes(account.id) || (path[0] === "content" && path[1] === account.platform);
  }).length;
}
