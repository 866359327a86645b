import {
  IconAlertTriangle,
  IconCircleCheck,
  IconPlugConnectedX,
  type TablerIcon,
} from "@tabler/icons-react";
import { Moment } from "@/components/ui/Moment";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useDashboard } from "@/contexts/DashboardContext";
import { type MessageId, useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
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
  const { platform, handle, sandbox, status, created_at: since } = account;
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
      </div>
      <span className={classes.status} data-status={status}>
        <Icon size={15} aria-hidden />
        {words(label)}
      </span>
    </li>
  );
}
