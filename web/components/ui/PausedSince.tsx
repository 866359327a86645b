import { IconPlayerPause } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import { Moment } from "./Moment";
import classes from "./PausedSince.module.css";

/** That something is paused, and since when. */
export function PausedSince({ instant, zone }: { instant: string; zone: string }) {
  const words = useWords();
  return (
    <span className={classes.paused}>
      <IconPlayerPause size={14} aria-hidden />
      <span>
        {words("pause.since")} <Moment instant={instant} zone={zone} />
      </span>
    </span>
  );
}
