import { Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Dispatch, useState } from "react";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { campaignKeys, campaignsQuery, createCampaign } from "@/lib/python-backend/api/campaigns";
import type { ComposeAction } from "./state";

const CREATE = "create";

interface Props {
  campaign: string | null;
  dispatch: Dispatch<ComposeAction>;
}

/** The campaign it belongs to; a name that none has yet makes a new one. */
export function CampaignSelect({ campaign, dispatch }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const { data: campaigns = [] } = useQuery(campaignsQuery);
  const [search, setSearch] = useState("");
  const name = search.trim();
  const create = useMutation({
    mutationFn: createCampaign,
    onSuccess: (made) => {
      queries.setQueryData(campaignsQuery.queryKey, (all = []) => [made, ...all]);
      dispatch({ type: "campaign chosen", campaign: made.id });
      void queries.invalidateQueries({ queryKey: campaignKeys.all });
    },
  });
  const known = campaigns.some((one) => one.name.toLowerCase() === name.toLowerCase());
  const offered = campaigns.map((one) => ({ value: one.id, label: one.name }));
  const fresh = { value: CREATE, label: words("campaign.createNamed", { name }) };

  return (
    <Select
      id="compose-campaign"
      label={words("campaign.one")}
      placeholder={words("campaign.none")}
      data={name && !known ? [...offered, fresh] : offered}
      filter={({ options }) =>
        options.filter(
          (one) =>
            !("value" in one) ||
            one.value === CREATE ||
            known ||
            one.label.toLowerCase().includes(name.toLowerCase()),
        )
      }
      value={campaign}
      onChange={(value) => {
        if (value === CREATE) create.mutate(name);
        else dispatch({ type: "campaign chosen", campaign: value });
      }}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={words("campaign.typeName")}
      error={create.isError ? reason(create.error) : undefined}
      clearable
      clearButtonProps={{ "aria-label": words("campaign.none") }}
      maw={330}
    />
  );
}
