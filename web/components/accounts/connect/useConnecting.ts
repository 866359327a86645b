import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { accountKeys } from "@/lib/python-backend/api/accounts";
import {
  connectTyped,
  startVisit,
  visitKeys,
  type Wish,
} from "@/lib/python-backend/api/connecting";

/** Asks the platform: in its own page, or with what was typed. */
export function useConnecting(onDone: () => void) {
  const words = useWords();
  const toasts = useToasts();
  const router = useRouter();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const connect = async (wish: Wish, typed: Record<string, string> | null) => {
    setBusy(true);
    setError(null);
    try {
      if (!typed) {
        // The page is left for the platform's: the button stays busy until then.
        window.location.assign(await startVisit(wish));
        return;
      }
      const visit = await connectTyped(wish, typed);
      await queries.invalidateQueries({ queryKey: accountKeys.all });
      if (visit.status === "pick") {
        queries.setQueryData(visitKeys.one(visit.id), visit);
        router.push(`/accounts/?visit=${visit.id}`);
      } else toasts.good(words("connect.done", { count: visit.accounts.length }));
      onDone();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };

  return { busy, error, connect };
}
