import { IconAlertTriangle, IconArrowUpRight } from "@tabler/icons-react";
import type { Dispatch } from "react";
import { flushSync } from "react-dom";
import { useWords } from "@/hooks/useWords";
import type { Problem } from "@/lib/python-backend/types";
import classes from "./ProblemList.module.css";
import { placeOf } from "./problems";
import type { ComposeAction, ComposeState } from "./state";

interface Props {
  problems: readonly Problem[];
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
}

/** All problems together; each one leads to its field. */
export function ProblemList({ problems, state, dispatch }: Props) {
  const words = useWords();
  const goTo = (problem: Problem) => {
    const { tab, focus } = placeOf(problem, state);
    if (tab) flushSync(() => dispatch({ type: "tab opened", tab }));
    const element = document.getElementById(focus);
    const closed = element?.closest("[hidden]");
    if (closed) flushSync(() => document.getElementById(`${closed.id}-toggle`)?.click());
    element?.focus();
    element?.scrollIntoView({ block: "center" });
  };
  return (
    <section className={classes.problems} aria-live="polite" aria-label={words("compose.problems")}>
      {problems.length > 0 && (
        <ul>
          {problems.map((problem) => (
            <li key={`${problem.code} ${problem.field} ${problem.message}`}>
              <button type="button" onClick={() => goTo(problem)}>
                <IconAlertTriangle size={15} aria-hidden />
                <span>{problem.message}</span>
                <IconArrowUpRight size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
