"use client";

import { Button } from "@mantine/core";
import { IconFlag } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Empty } from "@/components/ui/Empty";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { campaignsQuery } from "@/lib/python-backend/api/campaigns";
import classes from "./CampaignList.module.css";
import { CampaignRow } from "./CampaignRow";

/** Posts that belong together, and how far each lot is. */
export function CampaignList() {
  const words = useWords();
  const reason = useReason();
  const list = useQuery(campaignsQuery);
  return (
    <Sheet>
      {list.isPending && <RowSkeletons rows={3} height={76} />}
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
        <Empty icon={<IconFlag size={22} />} title={words("campaigns.none")}>
          {words("campaigns.noneHint")}
        </Empty>
      )}
      <ul className={classes.campaigns}>
        {list.data?.map((campaign) => (
          <CampaignRow key={campaign.id} campaign={campaign} />
        ))}
      </ul>
    </Sheet>
  );
}
