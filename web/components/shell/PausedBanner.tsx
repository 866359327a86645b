import { PauseButton } from "@/components/ui/PauseButton";
import { PausedSince } from "@/components/ui/PausedSince";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { pauseWorkspace, resumeWorkspace } from "@/lib/python-backend/api/workspace";
import classes from "./Banner.module.css";

/** On every page while the whole workspace is paused. */
export function PausedBanner() {
  const words = useWords();
  const { session, zone } = useDashboard();
  const { name, paused_at: paused } = session.workspace;
  if (!paused) return null;
  return (
    <section className={classes.banner} data-kind="paused" aria-label={words("pause.banner")}>
      <PausedSince instant={paused} zone={zone} />
      <span className={classes.words}>{words("pause.everything")}</span>
      <PauseButton name={name} paused pause={pauseWorkspace} resume={resumeWorkspace} />
    </section>
  );
}
