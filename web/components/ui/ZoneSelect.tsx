import { Select } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useWords } from "@/hooks/useWords";
import { serverNow } from "@/lib/serverClock";
import { allZones, zoneName } from "@/lib/time/zone";

interface Props {
  label: string;
  description?: string;
  value: string;
  error?: ReactNode;
  onChange: (zone: string) => void;
}

/** Any IANA time zone, found by typing a part of its name. */
export function ZoneSelect({ label, description, value, error, onChange }: Props) {
  const words = useWords();
  const data = useMemo(() => {
    const now = serverNow();
    const zones = allZones();
    return (zones.includes(value) ? zones : [value, ...zones]).map((zone) => ({
      value: zone,
      label: `${zone.replaceAll("_", " ")} · ${zoneName(now, zone)}`,
    }));
  }, [value]);
  return (
    <Select
      label={label}
      description={description}
      error={error}
      data={data}
      value={value}
      onChange={(zone) => zone && onChange(zone)}
      searchable
      allowDeselect={false}
      limit={60}
      nothingFoundMessage={words("zone.none")}
    />
  );
}
