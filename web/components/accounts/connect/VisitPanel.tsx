import { Button, Checkbox, Group } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AccountAvatar } from "@/components/ui/AccountAvatar";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { accountKeys } from "@/lib/python-backend/api/accounts";
import { connectProfiles, visitQuery } from "@/lib/python-backend/api/connecting";
import type { Profile, Visit } from "@/lib/python-backend/types";
import classes from "./Connect.module.css";

interface Props {
  id: string;
  onDone: () => void;
}

/** What came back from a platform: connected, refused, or profiles to pick from. */
export function VisitPanel({ id, onDone }: Props) {
  const words = useWords();
  const reason = useReason();
  const visit = useQuery(visitQuery(id));
  if (visit.isPending) return null;
  if (visit.isError || visit.data.status === "failed" || visit.data.status === "started") {
    const told = visit.data?.problem?.message;
    return (
      <div className={classes.panel}>
        <ErrorNote
          alert
          title={words("connect.refused")}
          action={
            <Button size="compact-sm" variant="default" onClick={onDone}>
              {words("action.close")}
            </Button>
          }
        >
          {told ?? (visit.isError ? reason(visit.error) : words("connect.unfinished"))}
        </ErrorNote>
      </div>
    );
  }
  if (visit.data.status === "pick") return <Pick visit={visit.data} onDone={onDone} />;
  return (
    <div className={classes.panel} role="status">
      <Group justify="space-between">
        <strong>{words("connect.done", { count: visit.data.accounts.length })}</strong>
        <Button size="compact-sm" variant="default" onClick={onDone}>
          {words("action.close")}
        </Button>
      </Group>
    </div>
  );
}

function Pick({ visit, onDone }: { visit: Visit; onDone: () => void }) {
  const words = useWords();
  const reason = useReason();
  const toasts = useToasts();
  const queries = useQueryClient();
  const free = visit.profiles.filter(({ problem }) => !problem);
  const [chosen, setChosen] = useState<string[]>(() =>
    free.filter((one) => one.account_id === null || free.length === 1).map(idOf),
  );
  const connect = useMutation({
    mutationFn: () => connectProfiles(visit.id, chosen),
    onSuccess: async ({ accounts }) => {
      await queries.invalidateQueries({ queryKey: accountKeys.all });
      toasts.good(words("connect.done", { count: accounts.length }));
      onDone();
    },
  });
  const toggle = (one: string) =>
    setChosen(chosen.includes(one) ? chosen.filter((id) => id !== one) : [...chosen, one]);
  return (
    <section className={classes.panel} aria-labelledby="pick-title">
      <h2 id="pick-title" className={classes.heading}>
        {words("connect.pick", { label: labelOf(visit.platform) })}
      </h2>
      <ul className={classes.profiles}>
        {visit.profiles.map((profile) => (
          <li key={profile.remote_id} className={classes.profile}>
            <Checkbox
              id={`profile-${profile.remote_id}`}
              checked={chosen.includes(profile.remote_id)}
              disabled={profile.problem !== ""}
              onChange={() => toggle(profile.remote_id)}
              aria-describedby={`about-${profile.remote_id}`}
            />
            <AccountAvatar platform={visit.platform} url={profile.avatar_url} size={32} />
            <label htmlFor={`profile-${profile.remote_id}`}>
              {profile.name || profile.handle}
              <div className={classes.about} id={`about-${profile.remote_id}`}>
                {[profile.kind, profile.name && `@${profile.handle.replace(/^@/, "")}`]
                  .filter(Boolean)
                  .join(" · ")}
                {profile.account_id && ` · ${words("connect.known")}`}
                {profile.problem && ` · ${profile.problem}`}
              </div>
            </label>
          </li>
        ))}
      </ul>
      {connect.isError && (
        <ErrorNote alert title={words("connect.refused")}>
          {reason(connect.error)}
        </ErrorNote>
      )}
      <Group gap="xs">
        <Button
          loading={connect.isPending}
          disabled={chosen.length === 0}
          onClick={() => connect.mutate()}
        >
          {words("connect.chosen", { count: chosen.length })}
        </Button>
        <Button variant="default" onClick={onDone}>
          {words("action.cancel")}
        </Button>
      </Group>
    </section>
  );
}

function idOf(profile: Profile): string {
  return profile.remote_id;
}
