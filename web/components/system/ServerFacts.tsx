import { Moment } from "@/components/ui/Moment";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords, type Words } from "@/hooks/useWords";
import type { System } from "@/lib/python-backend/types";
import { amount } from "@/lib/time/format";
import { Fact, Facts } from "./Facts";
import classes from "./ServerFacts.module.css";

type Server = NonNullable<System["server"]>;

/** What runs, and on what: for those who may administer. */
export function ServerFacts({ server }: { server: Server }) {
  const words = useWords();
  const { zone } = useDashboard();
  const { nodes, clock_offset_ms: offset, housekeeping_at: kept } = server;
  return (
    <>
      <Facts title={words("system.listening")}>
        {nodes.length === 0 && <Fact name={words("system.none")}>{words("system.noneHint")}</Fact>}
        {nodes.map(({ name, since }) => (
          <Fact key={name} name={name}>
            {since ? (
              <>
                {words("system.since")} <Moment instant={since} zone={zone} />
              </>
            ) : (
              words("system.listens")
            )}
          </Fact>
        ))}
      </Facts>
      <Facts title={words("system.server")}>
        <Fact name={words("system.clock")} about={words("system.clockMeans")}>
          {clockWords(offset, words)}
        </Fact>
        <Fact name={words("system.standby")} about={words("system.standbyMeans")}>
          {words(server.synchronous_standby ? "system.yes" : "system.no")}
        </Fact>
        <Fact name={words("system.oldest")}>
          {amount(server.oldest_transaction_seconds * 1000)}
        </Fact>
        <Fact name={words("system.queue")}>
          {words("system.percent", { part: (server.notification_queue_usage * 100).toFixed(1) })}
        </Fact>
        <Fact name={words("system.housekeeping")}>
          {kept ? <Moment instant={kept} zone={zone} /> : words("system.notYet")}
        </Fact>
      </Facts>
      <p className={classes.versions}>
        {words("system.versions", {
          version: server.version,
          database: server.database_version,
          tzdata: server.tzdata_version,
        })}
      </p>
    </>
  );
}

const NOTICEABLE = 0.05;

function clockWords(offset: number, words: Words): string {
  if (Math.abs(offset) < NOTICEABLE) return words("system.inStep");
  const milliseconds = Math.abs(offset).toFixed(1);
  return words(offset < 0 ? "system.ahead" : "system.behind", { milliseconds });
}
