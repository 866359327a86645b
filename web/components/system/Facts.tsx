import type { ReactNode } from "react";
import classes from "./Facts.module.css";

/** Facts under a heading: what each is, and how it stands. */
export function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.facts}>
      <h2>{title}</h2>
      <dl>{children}</dl>
    </section>
  );
}

interface Props {
  name: string;
  children: ReactNode;
  /** What it means, where that is not plain. */
  about?: string;
}

export function Fact({ name, children, about }: Props) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>
        {children}
        {about && <p>{about}</p>}
      </dd>
    </div>
  );
}
