import { useEffect, useRef, useState } from "react";
import { serverNow } from "@/lib/serverClock";
import { saveDraft } from "./offlineDraft";
import { type ComposeState, isBlank, isSameWork } from "./state";

/** Keeps every change in this browser, until it is stored on the server. */
export function useOfflineDraft(
  key: string,
  state: ComposeState,
  initial: ComposeState,
  savedAt: number | null,
): { at: number | null; stored: () => void } {
  const [at, setAt] = useState(savedAt);
  const kept = useRef(initial);
  const done = useRef(false);

  useEffect(() => {
    if (done.current || kept.current === state || isSame(kept.current, state)) return;
    kept.current = state;
    const now = serverNow();
    if (saveDraft(key, { savedAt: now, state })) setAt(now);
  }, [key, state]);

  return {
    at,
    stored: () => {
      done.current = true;
    },
  };
}

function isSame(a: ComposeState, b: ComposeState): boolean {
  return (isBlank(a) && isBlank(b)) || isSameWork(a, b);
}
