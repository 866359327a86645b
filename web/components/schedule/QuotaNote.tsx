import { Button } from "@mantine/core";
import { IconAlertTriangle, IconGauge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { freeFor, scarce } from "@/lib/posts/quotas";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import type { Quota } from "@/lib/python-backend/types";
import { fullMoment, span, timeOf } from "@/lib/time/format";
import classes from "./QuotaNote.module.css";

interface Props {
  quotas: readonly Quota[];
  zone: string;
  /** Takes the next free moment instead. */
  onUse: (instant: number) => void;
  /** Keeps the moment; it leaves as soon as there is room. Undefined: not now. */
  onAnyway?: () => void;
}

/** How many posts an account may still publish around a moment, where that is few or none. */
export function QuotaNote({ quotas, zone, onUse, onAnyway }: Props) {
  const words = useWords();
  const { data: accounts = [] } = useQuery(accountsQuery);
  const full = quotas.filter(({ left }) => left === 0);
  const handleOf = (quota: Quota) =>
    accounts.find(({ id }) => id === quota.account_id)?.handle ?? labelOf(quota.platform);
  const sentence = (quota: Quota) =>
    words(quota.left === 0 ? "quota.full" : "quota.left", {
      handle: handleOf(quota),
      left: quota.left,
      limit: quota.limit,
      span: span(quota.window_seconds),
    });

  if (full.length === 0) {
    const few = scarce(quotas);
    return few.map((quota) => (
      <p key={quota.account_id} className={classes.line}>
        <IconGauge size={15} aria-hidden />
        {sentence(quota)}
      </p>
    ));
  }
  const told = freeFor(full);
  // To the next whole second: at the moment that is read there is room.
  const free = told === null ? null : Math.ceil(Date.parse(told) / 1000) * 1000;
  return (
    <div className={classes.note} role="status">
      <IconAlertTriangle size={16} aria-hidden className={classes.icon} />
      <div className={classes.words}>
        {full.map((quota) => (
          <p key={quota.account_id}>{sentence(quota)}</p>
        ))}
        <p>
          {free === null
            ? words("quota.freeUnknown")
            : words("quota.free", { moment: fullMoment(free, zone) })}
        </p>
      </div>
      <div className={classes.choices}>
        {free !== null && (
          <Button size="compact-sm" variant="default" onClick={() => onUse(free)}>
            {words("quota.use", { time: timeOf(free, zone) })}
          </Button>
        )}
        {onAnyway && (
          <Button size="compact-sm" variant="default" onClick={onAnyway}>
            {words("quota.anyway")}
          </Button>
        )}
      </div>
    </div>
  );
}
