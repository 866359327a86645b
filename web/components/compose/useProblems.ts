import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { scheduling } from "@/lib/posts/moment";
import { postCheckQuery } from "@/lib/python-backend/api/posts";
import type { Account, PostWish, Problem } from "@/lib/python-backend/types";
import { bodyOf, type ComposeState } from "./state";

const PAUSE = 350;
const NONE: Problem[] = [];

/** Everything the server would refuse, asked while typing; nothing before the first word. */
export function useProblems(state: ComposeState, accounts: Account[], zone: string): Problem[] {
  const [settled] = useDebouncedValue(draftOf(state, accounts, zone), PAUSE, {});
  const { data } = useQuery({
    ...postCheckQuery(settled === null ? null : (JSON.parse(settled) as PostWish)),
    placeholderData: (previous) => previous,
  });
  return state.touched ? (data?.problems ?? NONE) : NONE;
}

/** The draft as text, so that an equal one is the same one. */
function draftOf(state: ComposeState, accounts: Account[], zone: string): string | null {
  if (!state.touched) return null;
  const wall = state.wall?.date && state.wall.time ? state.wall : null;
  const when = wall ? scheduling({ wall, zone }) : { status: "ready_to_publish" as const };
  return JSON.stringify({ ...bodyOf(state, accounts), ...when });
}
