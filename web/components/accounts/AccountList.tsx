"use client";

import { Button } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import classes from "./AccountList.module.css";
import { AccountRow } from "./AccountRow";

/** The accounts that posts can go to. */
export function AccountList() {
  const words = useWords();
  const reason = useReason();
  const list = useQuery(accountsQuery);
  return (
    <Sheet>
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
          <AccountRow key={account.id} account={account} />
        ))}
      </ul>
    </Sheet>
  );
}
