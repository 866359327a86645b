import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./ErrorNote.module.css";

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Interrupts a screen reader; for what appears after an action. */
  alert?: boolean;
}

/** What happened, why, what to do, and a button that does it. */
export function ErrorNote({ title, children, action, alert = false }: Props) {
  return (
    <div className={classes.note} role={alert ? "alert" : undefined}>
      <IconAlertTriangle size={16} aria-hidden className={classes.icon} />
      <div className={classes.words}>
        <strong>{title}</strong>
        {children && <div>{children}</div>}
      </div>
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}
