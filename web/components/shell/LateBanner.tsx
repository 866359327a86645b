import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useWords } from "@/hooks/useWords";
import { publishes, systemQuery } from "@/lib/python-backend/api/system";
import classes from "./Banner.module.css";

/** On every page while posts do not leave: no node listens, or due work does not move. */
export function LateBanner() {
  const words = useWords();
  const { data: system } = useQuery(systemQuery);
  if (!system || publishes(system)) return null;
  return (
    <section className={classes.banner} data-kind="danger" role="alert">
      <IconAlertTriangle size={16} aria-hidden />
      <span className={classes.words}>
        <strong>{words("system.late")}</strong>{" "}
        {words(system.nodes_listening === 0 ? "system.lateNoNode" : "system.lateOverdue")}
      </span>
      <Link href="/system/">{words("system.see")}</Link>
    </section>
  );
}
