import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import Link from "next/link";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { SandboxMark } from "@/components/ui/SandboxMark";
import { useWords } from "@/hooks/useWords";
import type { Account, Problem } from "@/lib/python-backend/types";
import classes from "./AccountChips.module.css";
import { problemsOf } from "./problems";

interface Props {
  accounts: Account[];
  chosen: string[];
  problems: readonly Problem[];
  onToggle: (id: string) => void;
}

/** The accounts it goes to, each with the number of its problems. */
export function AccountChips({ accounts, chosen, problems, onToggle }: Props) {
  const words = useWords();
  return (
    <fieldset id="compose-accounts" tabIndex={-1} className={classes.accounts}>
      <legend>{words("compose.accounts")}</legend>
      {accounts.length === 0 && <Link href="/accounts/">{words("compose.noAccounts")}</Link>}
      {accounts.map((account) => {
        const on = chosen.includes(account.id);
        const wrong = on ? problemsOf(account, problems) : 0;
        return (
          <button
            key={account.id}
            type="button"
            aria-pressed={on}
            className={classes.chip}
            disabled={account.status === "disconnected"}
            onClick={() => onToggle(account.id)}
          >
            <PlatformIcon platform={account.platform} />
            {account.handle}
            {account.sandbox && <SandboxMark compact />}
            {wrong > 0 && (
              <span className={classes.wrong}>
                <IconAlertTriangle size={13} aria-hidden />
                {words("compose.problemCount", { count: wrong })}
              </span>
            )}
            <span className={classes.tick} aria-hidden>
              {on && <IconCheck size={14} stroke={2.4} />}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}
