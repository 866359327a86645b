import { Button, Stack } from "@mantine/core";
import Link from "next/link";
import { CopyField } from "@/components/ui/CopyField";
import { useWords } from "@/hooks/useWords";
import type { Platform, Way } from "@/lib/python-backend/types";
import classes from "./Connect.module.css";

/** What is missing before accounts of a platform can be connected, and where it goes. */
export function SetupRequired({ platform, way }: { platform: Platform; way: Way }) {
  const words = useWords();
  return (
    <section className={classes.setup} aria-label={words("setup.title")}>
      <strong>{words("setup.title")}</strong>
      <p>{words("setup.means", { label: platform.label })}</p>
      <ol className={classes.steps}>
        <li>{words("setup.app", { label: platform.label })}</li>
        <li>
          <Stack gap={4}>
            <span>{words("setup.callback")}</span>
            <CopyField label={words("appKeys.callback")} value={way.callback_url} />
          </Stack>
        </li>
        <li>
          {words("setup.enter", { variable: `POSTCLOCK_APP_${(way.keys ?? "").toUpperCase()}` })}
        </li>
      </ol>
      <Button component={Link} href="/settings/" size="compact-sm" variant="light">
        {words("setup.settings")}
      </Button>
    </section>
  );
}
