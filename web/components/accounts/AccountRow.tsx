import {
  IconAlertTriangle,
  IconCircleCheck,
  IconHourglass,
  IconPlugConnectedX,
  type TablerIcon,
} from "@tabler/icons-react";
import { Moment } from "@/components/ui/Moment";
import { PauseButton } from "@/components/ui/PauseButton";
import { PausedSince } from "@/components/ui/PausedSince";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useDashboard } from "@/contexts/DashboardContext";
import { useNow } from "@/hooks/useNow";
import { type MessageId, useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { pauseAccount, resumeAccount } from "@/lib/python-backend/api/accounts";
import type { Account } from "@/lib/python-backend/types";
import classes from "./AccountRow.module.css";

const STATUSES: Record<string, { icon: TablerIcon; label: MessageId }> = {
  connected: { icon: IconCircleCheck, label: "accounts.connected" },
  needs_login: { icon: IconAlertTriangle, label: "accounts.needs_login" },
};
const GONE = { icon: IconPlugConnectedX, label: "accounts.disconnected" } as const;

export function AccountRow({ account }: { account: Account }) {
  const words = useWords();
  const { zone } = useDashboard();
  const { id, platform, handle, sandbox, status, created_at: since } = account;
  const { paused_at: paused, blocked_until: until } = account;
  const blocked = useNow(10_000) < Date.parse(until ?? "");
  const { icon: Icon, label } = STATUSES[status] ?? GONE;
  return (
    <li className={classes.row}>
      <span className={classes.mark}>
        <PlatformIcon platform={platform} size={18} decorative />
      </span>
      <div className={classes.words}>
        <strong>{handle}</strong>
        {sandbox && <SandboxMark />}
        <div className={classes.about}>
          {words("accounts.since", { label: labelOf(platform) })}{" "}
          <Moment instant={since} zone={zone} />
        </div>
        {paused && (
          <div className={classes.note}>
            <PausedSince instant={paused} zone={zone} />
            <span>{words("pause.waits")}</span>
          </div>
        )}
        {blocked && until && (
          <div className={classes.note} data-kind="blocked">
            <span>
              <IconHourglass size={14} aria-hidden />
              {words("accounts.blocked", { label: labelOf(platform) })}{" "}
              <Moment instant={until} zone={zone} />
            </span>
          </div>
        )}
      </div>
      <span className={classes.status} data-status={status}>
        <Icon size={15} aria-hidden />
        {words(label)}
      </span>
      <PauseButton
        name={handle}
        paused={paused !== null}
        pause={() => pauseAccount(id)}
        resume={() => resumeAccount(id)}
      />
    </li>
  );
}
