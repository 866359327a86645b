import { Sheet } from "@/components/ui/Page";
import { PauseButton } from "@/components/ui/PauseButton";
import { PausedSince } from "@/components/ui/PausedSince";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { pauseWorkspace, resumeWorkspace } from "@/lib/python-backend/api/workspace";
import classes from "./PauseCard.module.css";

/** Stops everything that goes out of the workspace, and lets it go on. */
export function PauseCard() {
  const words = useWords();
  const { session, zone } = useDashboard();
  const { name, paused_at: paused } = session.workspace;
  return (
    <Sheet padded>
      <div className={classes.card}>
        <div className={classes.words}>
          <h2>{words("settings.pause")}</h2>
          {paused && <PausedSince instant={paused} zone={zone} />}
          <p>{words(paused ? "pause.resumeMeans" : "pause.means")}</p>
        </div>
        <PauseButton
          name={name}
          paused={paused !== null}
          pause={pauseWorkspace}
          resume={resumeWorkspace}
        />
      </div>
    </Sheet>
  );
}
