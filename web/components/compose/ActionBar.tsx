import { Button } from "@mantine/core";
import { useWords } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import { zonedTime } from "@/lib/time/format";
import classes from "./ActionBar.module.css";
import { isBlank } from "./state";
import type { Compose } from "./useCompose";

interface Props {
  form: Compose;
  zone: string;
  stored: Post | null;
}

/** Where the work stands, and the ways on. */
export function ActionBar({ form, zone, stored }: Props) {
  const words = useWords();
  const { state, busy, blocked, savedAt, uploads } = form;
  const blank = isBlank(state);
  const timed = Boolean(state.wall?.date && state.wall.time);
  const isDraft = !stored || stored.status === "draft";
  return (
    <div className={classes.bar}>
      <span className={classes.saved} aria-live="polite">
        {uploads.busy
          ? words("compose.uploading")
          : savedAt !== null && words("compose.saved", { time: zonedTime(minute(savedAt), zone) })}
      </span>
      <Button
        variant="default"
        disabled={blank || uploads.busy}
        loading={busy === "draft"}
        onClick={form.saveDraft}
      >
        {words(isDraft ? "compose.saveDraft" : "action.save")}
      </Button>
      <Button
        variant="default"
        disabled={blocked}
        loading={busy === "publish"}
        onClick={form.publish}
      >
        {words("action.publish")}
      </Button>
      <Button
        disabled={blocked || !timed}
        loading={busy === "schedule"}
        onClick={() => form.schedule()}
      >
        {words("action.schedule")}
      </Button>
    </div>
  );
}

function minute(instant: number): number {
  return Math.floor(instant / 60_000) * 60_000;
}
