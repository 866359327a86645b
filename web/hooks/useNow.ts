import { useCallback, useSyncExternalStore } from "react";
import { serverNow } from "@/lib/serverClock";

/** The server's "now", in whole steps, rendered again at each. */
export function useNow(step = 1000): number {
  const subscribe = useCallback(
    (notify: () => void) => {
      const timer = setInterval(notify, step);
      return () => clearInterval(timer);
    },
    [step],
  );
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(serverNow() / step) * step,
    () => 0,
  );
}
