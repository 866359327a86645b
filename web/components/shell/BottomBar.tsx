import { IconPlus } from "@tabler/icons-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useWords } from "@/hooks/useWords";
import classes from "./BottomBar.module.css";
import { PLACES, type Place } from "./places";

const COMPOSE: Place = { href: "/compose/", label: "nav.compose.short", icon: IconPlus };

/** The navigation on a phone, with composing in the middle. */
export function BottomBar() {
  const words = useWords();
  const path = usePathname();
  const places = [...PLACES.slice(0, 2), COMPOSE, ...PLACES.slice(2)];
  return (
    <nav aria-label={words("nav.label")} className={classes.bar}>
      {places.map(({ href, label, icon: Icon }) => (
        <Link
          key={href}
          href={href}
          aria-current={path === href ? "page" : undefined}
          data-primary={href === COMPOSE.href}
        >
          <Icon size={20} stroke={1.7} aria-hidden />
          {words(label)}
        </Link>
      ))}
    </nav>
  );
}
