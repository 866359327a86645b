import { Button, CloseButton, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { STATUSES, StatusChip } from "@/components/ui/StatusChip";
import { useWords } from "@/hooks/useWords";
import { campaignsQuery } from "@/lib/python-backend/api/campaigns";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import type { PostStatus } from "@/lib/python-backend/types";
import classes from "./PostFilters.module.css";
import { usePostFilter } from "./usePostFilter";

/** Search, platform, campaign and status; the status chips are the legend as well. */
export function PostFilters() {
  const words = useWords();
  const [{ status, platform, campaign, search, find }, setFilter] = usePostFilter();
  const { data: platforms = [] } = useQuery(platformsQuery);
  const { data: campaigns = [] } = useQuery(campaignsQuery);
  const filtered = status.length > 0 || platform !== null || campaign !== null || search !== "";

  const toggle = (one: PostStatus) => {
    const next = status.includes(one) ? status.filter((other) => other !== one) : [...status, one];
    void setFilter({ status: next });
  };

  return (
    <search className={classes.filters}>
      <div className={classes.row}>
        <TextInput
          id="search"
          type="search"
          className={classes.search}
          aria-label={words("filter.search")}
          placeholder={words("filter.search")}
          leftSection={<IconSearch size={15} aria-hidden />}
          rightSection={
            search ? (
              <CloseButton
                size="sm"
                aria-label={words("filter.clearSearch")}
                onClick={() => void setFilter({ search: null })}
              />
            ) : (
              <kbd aria-hidden>/</kbd>
            )
          }
          value={search}
          autoFocus={find}
          onBlur={() => find && void setFilter({ find: null })}
          onChange={(event) =>
            void setFilter({ search: event.currentTarget.value || null, find: null })
          }
        />
        <Select
          aria-label={words("filter.platform")}
          placeholder={words("filter.everyPlatform")}
          data={platforms.map(({ name, label }) => ({ value: name, label }))}
          value={platform}
          onChange={(value) => void setFilter({ platform: value })}
          clearable
          clearButtonProps={{ "aria-label": words("filter.everyPlatform") }}
          w={165}
        />
        {campaigns.length > 0 && (
          <Select
            aria-label={words("filter.campaign")}
            placeholder={words("filter.everyCampaign")}
            data={campaigns.map(({ id, name }) => ({ value: id, label: name }))}
            value={campaign}
            onChange={(value) => void setFilter({ campaign: value })}
            clearable
            clearButtonProps={{ "aria-label": words("filter.everyCampaign") }}
            w={170}
          />
        )}
        {filtered && (
          <Button variant="subtle" color="gray" onClick={() => void setFilter(null)}>
            {words("filter.clear")}
          </Button>
        )}
      </div>
      <fieldset className={classes.legend}>
        <legend className="visually-hidden">{words("filter.status")}</legend>
        {STATUSES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={status.includes(one)}
            data-dimmed={status.length > 0 && !status.includes(one)}
            onClick={() => toggle(one)}
          >
            <StatusChip status={one} />
          </button>
        ))}
      </fieldset>
    </search>
  );
}
