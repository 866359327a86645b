import { Button, Tooltip } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import classes from "./LiveNote.module.css";

/** Says quietly that changes do not arrive by themselves right now. */
export function LiveNote() {
  const words = useWords();
  const { live, checkNow } = useDashboard();
  const down = live === "down";
  return (
    <div role="status" className={classes.place}>
      {down && (
        <div className={classes.note}>
          <Tooltip label={words("live.explained")}>
            <span className={classes.words}>
              <IconPlugConnectedX size={15} aria-hidden />
              {words("live.down")}
            </span>
          </Tooltip>
          <Button size="compact-xs" variant="default" onClick={checkNow}>
            {words("action.checkNow")}
          </Button>
        </div>
      )}
    </div>
  );
}
