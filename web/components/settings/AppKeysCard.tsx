import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Sheet } from "@/components/ui/Page";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { appKeysKeys, appKeysQuery, forgetAppKeys } from "@/lib/python-backend/api/connecting";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import type { AppKeys, Platform } from "@/lib/python-backend/types";
import classes from "./AppKeys.module.css";
import { AppKeysForm } from "./AppKeysForm";

/** The developer apps that platforms know this installation by; for owners and admins. */
export function AppKeysCard() {
  const words = useWords();
  const list = useQuery({ ...appKeysQuery, retry: false });
  if (!list.isSuccess || list.data.length === 0) return null;
  return (
    <Sheet>
      <section className={classes.card} aria-labelledby="app-keys-title">
        <h2 id="app-keys-title" className={classes.title}>
          {words("appKeys.title")}
        </h2>
        <p className={classes.hint}>{words("appKeys.hint")}</p>
        <ul className={classes.list}>
          {list.data.map((app) => (
            <AppRow key={app.keys} app={app} />
          ))}
        </ul>
      </section>
    </Sheet>
  );
}

function AppRow({ app }: { app: AppKeys }) {
  const words = useWords();
  const toasts = useToasts();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const { data: platforms = [] } = useQuery(platformsQuery);
  const names = app.platforms.map((one) => namedFor(app, one, platforms)).join(", ");
  const forget = useMutation({
    mutationFn: () => forgetAppKeys(app.keys),
    onSuccess: () => queries.invalidateQueries({ queryKey: appKeysKeys.all }),
    onError: (error) => toasts.refused(words("refused.delete"), error),
  });
  const fromHere = app.source === "workspace";
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <span className={classes.marks}>
          {app.platforms.map((platform) => (
            <PlatformIcon key={platform} platform={platform} size={17} decorative />
          ))}
        </span>
        <div className={classes.words}>
          <strong>{names}</strong>
          <div className={classes.about}>
            {app.source === "environment" &&
              words("appKeys.fromEnvironment", { variable: app.variable })}
            {fromHere && words("appKeys.entered", { id: app.client_id ?? "" })}
            {app.source === null && words("appKeys.missing", { variable: app.variable })}
          </div>
        </div>
        {app.source !== "environment" && (
          <Button
            size="compact-sm"
            variant="default"
            aria-expanded={open}
            aria-label={words("appKeys.enterNamed", { names })}
            onClick={() => setOpen(!open)}
          >
            {words(fromHere ? "appKeys.replace" : "appKeys.enter")}
          </Button>
        )}
        {fromHere && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            loading={forget.isPending}
            aria-label={words("appKeys.forgetNamed", { names })}
            onClick={() => forget.mutate()}
          >
            {words("appKeys.forget")}
          </Button>
        )}
      </div>
      {open && (
        <div className={classes.form}>
          <AppKeysForm app={app} onDone={() => setOpen(false)} />
        </div>
      )}
    </li>
  );
}

/** A platform's name, with the way in that these keys are for where others need other keys. */
function namedFor(app: AppKeys, platform: string, platforms: Platform[]): string {
  const ways = platforms.find(({ name }) => name === platform)?.ways ?? [];
  const mine = ways.filter(({ keys }) => keys === app.keys);
  const several = mine.length > 0 && mine.length < ways.length;
  const label = labelOf(platform);
  return several ? `${label}: ${mine.map((way) => way.label).join(", ")}` : label;
}
