import { useCallback } from "react";
import { ApiProblem } from "@/lib/python-backend/problem";
import { useWords } from "./useWords";

/** The sentence that says why something did not work. */
export function useReason(): (error: unknown) => string {
  const words = useWords();
  return useCallback(
    (error) => {
      if (!(error instanceof ApiProblem)) return words("error.unexpected");
      if (error.code === "unreachable") return words("error.unreachable");
      const said = error.sentences.filter(Boolean).join(" ");
      return said || words("error.status", { status: error.status });
    },
    [words],
  );
}
