import { useWords } from "@/hooks/useWords";
import type { System } from "@/lib/python-backend/types";
import { amount, lateness } from "@/lib/time/format";
import { Fact, Facts } from "./Facts";

/** Whether posts leave, and how punctually. */
export function WorkFacts({ system }: { system: System }) {
  const words = useWords();
  const { due, punctuality, nodes_listening: count, scheduler } = system;
  const { count: sent, p50, p95, p99 } = punctuality;
  return (
    <>
      <Facts title={words("system.work")}>
        <Fact name={words("system.nodes")}>
          {words(`system.scheduler.${scheduler}`, { count })}
        </Fact>
        <Fact name={words("system.due")}>
          {due.oldest_overdue_seconds === null
            ? words("system.nothingDue")
            : words("system.overdue", {
                count: due.overdue,
                oldest: amount(due.oldest_overdue_seconds * 1000),
              })}
        </Fact>
      </Facts>
      <Facts title={words("system.punctuality")}>
        {p50 === null || p95 === null || p99 === null ? (
          <Fact name={words("system.sent")}>{words("system.nothingSent")}</Fact>
        ) : (
          <>
            <Fact name={words("system.sent")}>{sent}</Fact>
            <Fact name={words("system.p50")}>{lateness(p50)}</Fact>
            <Fact name={words("system.p95")}>{lateness(p95)}</Fact>
            <Fact name={words("system.p99")}>{lateness(p99)}</Fact>
          </>
        )}
      </Facts>
    </>
  );
}
