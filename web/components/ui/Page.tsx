import type { ReactNode } from "react";
import classes from "./Page.module.css";

interface Props {
  title: string;
  /** What stands right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  width?: "wide" | "narrow";
}

export function Page({ title, aside, children, width = "wide" }: Props) {
  return (
    <div className={classes.page} data-width={width}>
      <header className={classes.header}>
        <h1>{title}</h1>
        {aside}
      </header>
      {children}
    </div>
  );
}

/** The raised surface that work happens on. */
export function Sheet({ children, padded = false }: { children: ReactNode; padded?: boolean }) {
  return (
    <div className={classes.sheet} data-padded={padded}>
      {children}
    </div>
  );
}
