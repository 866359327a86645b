import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Pause } from "@/lib/python-backend/types";
import { useToasts } from "./useToasts";
import { useWords } from "./useWords";

interface Calls {
  pause: () => Promise<Pause>;
  resume: () => Promise<Pause>;
}

/** Pauses something or lets it go on, and says what that did to what was waiting. */
export function usePausing({ pause, resume }: Calls) {
  const words = useWords();
  const toasts = useToasts();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (paused: boolean) => (paused ? resume() : pause()),
    onSuccess: ({ deliveries: count }, paused) => {
      toasts.good(
        words(paused ? "pause.resumed" : "pause.paused"),
        words(paused ? "pause.resumedCount" : "pause.pausedCount", { count }),
      );
    },
    onError: (error, paused) =>
      toasts.refused(words(paused ? "refused.resume" : "refused.pause"), error),
    // A pause shows on accounts, campaigns, posts and the shell.
    onSettled: () => queries.invalidateQueries(),
  });
  return { toggle: change.mutate, busy: change.isPending };
}
