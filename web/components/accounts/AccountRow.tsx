import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconDots,
  IconHourglass,
  IconPlugConnected,
  IconPlugConnectedX,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import { useState } from "react";
import { AccountAvatar } from "@/components/ui/AccountAvatar";
import { Moment } from "@/components/ui/Moment";
import { PauseButton } from "@/components/ui/PauseButton";
import { PausedSince } from "@/components/ui/PausedSince";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useDashboard } from "@/contexts/DashboardContext";
import { useNow } from "@/hooks/useNow";
import { type MessageId, useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { pauseAccount, resumeAccount } from "@/lib/python-backend/api/accounts";
import type { Account } from "@/lib/python-backend/types";
import classes from "./AccountRow.module.css";
import { LoginNote } from "./LoginNote";
import { QuotaLine } from "./QuotaLine";
import { RemoveModal } from "./RemoveModal";

const STATUSES: Record<string, { icon: TablerIcon; label: MessageId }> = {
  connected: { icon: IconCircleCheck, label: "accounts.connected" },
  needs_login: { icon: IconAlertTriangle, label: "accounts.needs_login" },
};
const GONE = { icon: IconPlugConnectedX, label: "accounts.disconnected" } as const;

interface Props {
  account: Account;
  onReconnect: () => void;
}

export function AccountRow({ account, onReconnect }: Props) {
  const words = useWords();
  const { zone } = useDashboard();
  const [removing, setRemoving] = useState(false);
  const { id, platform, handle, name, sandbox, status } = account;
  const { paused_at: paused, blocked_until: until } = account;
  const since = account.connected_at ?? account.created_at;
  const blocked = useNow(10_000) < Date.parse(until ?? "");
  const { icon: Icon, label } = STATUSES[status] ?? GONE;
  return (
    <li className={classes.row}>
      <AccountAvatar platform={platform} url={account.avatar_url} />
      <div className={classes.words}>
        <strong>{name || handle}</strong>
        {name && name !== handle && <span className={classes.handle}>{handle}</span>}
        {sandbox && <SandboxMark />}
        <div className={classes.about}>
          {words("accounts.since", {
            label: [labelOf(platform), account.kind].filter(Boolean).join(", "),
          })}{" "}
          <Moment instant={since} zone={zone} />
        </div>
        <QuotaLine quota={account.quota} zone={zone} />
        <LoginNote account={account} zone={zone} />
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
      {status === "needs_login" ? (
        <Button
          size="compact-sm"
          leftSection={<IconPlugConnected size={14} aria-hidden />}
          aria-label={words("accounts.reconnectNamed", { name: handle })}
          onClick={onReconnect}
        >
          {words("accounts.reconnect")}
        </Button>
      ) : (
        <PauseButton
          name={handle}
          paused={paused !== null}
          pause={() => pauseAccount(id)}
          resume={() => resumeAccount(id)}
        />
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words("accounts.more", { name: handle })}
          >
            <IconDots size={17} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPlugConnected size={15} aria-hidden />}
            onClick={onReconnect}
          >
            {words("accounts.reconnect")}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} aria-hidden />}
            onClick={() => setRemoving(true)}
          >
            {words("accounts.remove")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {removing && <RemoveModal account={account} onClose={() => setRemoving(false)} />}
    </li>
  );
}
