import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { scheduling } from "@/lib/posts/moment";
import { postCheckQuery } from "@/lib/python-backend/api/posts";
import type { Account, Platform, PostWish, Problem, Quota } from "@/lib/python-backend/types";
import { bodyOf, type ComposeState } from "./state";

const PAUSE = 350;

export interface Checked {
  problems: Problem[];
  /** How the accounts' quotas stand around the chosen moment. */
  quotas: Quota[];
}

const NOTHING: Checked = { problems: [], quotas: [] };

/** What the server says to what is typed; of problems nothing before the first word. */
export function useProblems(
  state: ComposeState,
  accounts: Account[],
  platforms: Platform[],
  zone: string,
): Checked {
  const [settled] = useDebouncedValue(draftOf(state, accounts, platforms, zone), PAUSE, {});
  const { data = NOTHING } = useQuery({
    ...postCheckQuery(settled === null ? null : (JSON.parse(settled) as PostWish), state.postId),
    placeholderData: (previous) => previous,
  });
  return {
    problems: state.touched ? data.problems : NOTHING.problems,
    quotas: state.wall ? data.quotas : NOTHING.quotas,
  };
}

/** The draft as text, so that an equal one is the same one. */
function draftOf(
  state: ComposeState,
  accounts: Account[],
  platforms: Platform[],
  zone: string,
): string | null {
  const wall = state.wall?.date && state.wall.time ? state.wall : null;
  if (!state.touched && !wall) return null;
  const when = wall ? scheduling({ wall, zone }) : { status: "ready_to_publish" as const };
  return JSON.stringify({ ...bodyOf(state, accounts, platforms), ...when });
}
