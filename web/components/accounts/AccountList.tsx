"use client";

import { Button } from "@mantine/core";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useQueryState } from "nuqs";
import { useState } from "react";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import type { Account } from "@/lib/python-backend/types";
import classes from "./AccountList.module.css";
import { AccountRow } from "./AccountRow";
import { ConnectModal } from "./connect/ConnectModal";
import { VisitPanel } from "./connect/VisitPanel";

/** The accounts that posts can go to, and the ways to connect more. */
export function AccountList() {
  const words = useWords();
  const reason = useReason();
  const list = useQuery(accountsQuery);
  const { data: platforms = [] } = useQuery(platformsQuery);
  const [visit, setVisit] = useQueryState("visit");
  const [problem, setProblem] = useQueryState("problem");
  const [connecting, setConnecting] = useState<Account | "new" | null>(null);
  return (
    <Sheet>
      <div className={classes.bar}>
        <Button
          size="compact-sm"
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={() => setConnecting("new")}
        >
          {words("accounts.connect")}
        </Button>
      </div>
      {problem && !visit && (
        <ErrorNote
          alert
          title={words("connect.refused")}
          action={
            <Button size="compact-sm" variant="default" onClick={() => void setProblem(null)}>
              {words("action.close")}
            </Button>
          }
        >
          {words(problem === "visit_elsewhere" ? "connect.elsewhere" : "connect.unfinished")}
        </ErrorNote>
      )}
      {visit && <VisitPanel id={visit} onDone={() => void setVisit(null)} />}
      {list.isPending && <RowSkeletons rows={3} height={64} />}
      {list.isError && (
        <ErrorNote
          alert
          title={words("error.load")}
          action={
            <Button size="compact-sm" variant="default" onClick={() => list.refetch()}>
              {words("action.tryAgain")}
            </Button>
          }
        >
          {reason(list.error)}
        </ErrorNote>
      )}
      {list.isSuccess && list.data.length === 0 && (
        <Empty icon={<IconUsers size={22} />} title={words("accounts.none")}>
          {words("accounts.noneHint")}
        </Empty>
      )}
      <ul className={classes.accounts}>
        {list.data?.map((account) => (
          <AccountRow
            key={account.id}
            account={account}
            onReconnect={() => setConnecting(account)}
          />
        ))}
      </ul>
      {connecting && (
        <ConnectModal
          platforms={platforms}
          again={connecting === "new" ? null : connecting}
          onClose={() => setConnecting(null)}
        />
      )}
    </Sheet>
  );
}
