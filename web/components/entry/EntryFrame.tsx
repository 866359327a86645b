import type { ReactNode } from "react";
import { Logo } from "@/components/ui/Logo";
import classes from "./EntryFrame.module.css";

interface Props {
  title: string;
  lead: string;
  children: ReactNode;
}

/** The quiet page around signing in and the first start. */
export function EntryFrame({ title, lead, children }: Props) {
  return (
    <main className={classes.frame}>
      <Logo size={26} />
      <div className={classes.sheet}>
        <h1>{title}</h1>
        <p>{lead}</p>
        {children}
      </div>
    </main>
  );
}
