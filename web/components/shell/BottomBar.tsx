import { Menu, UnstyledButton } from "@mantine/core";
import { IconDots, IconPlus } from "@tabler/icons-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useWords } from "@/hooks/useWords";
import classes from "./BottomBar.module.css";
import { PLACES, type Place } from "./places";

const COMPOSE: Place = { href: "/compose/", label: "nav.compose.short", icon: IconPlus };
const SHOWN = ["/posts/", "/campaigns/", "/accounts/"];

/** The navigation on a phone: composing in the middle, the rarer places under "More". */
export function BottomBar() {
  const words = useWords();
  const path = usePathname();
  const shown = PLACES.filter(({ href }) => SHOWN.includes(href));
  const tucked = PLACES.filter(({ href }) => !SHOWN.includes(href));
  const places = [...shown.slice(0, 2), COMPOSE, ...shown.slice(2)];
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
      <Menu position="top-end" width={190}>
        <Menu.Target>
          <UnstyledButton
            className={classes.more}
            data-current={tucked.some(({ href }) => href === path)}
          >
            <IconDots size={20} stroke={1.7} aria-hidden />
            {words("nav.more")}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {tucked.map(({ href, label, icon: Icon }) => (
            <Menu.Item
              key={href}
              component={Link}
              href={href}
              aria-current={path === href ? "page" : undefined}
              leftSection={<Icon size={17} stroke={1.7} aria-hidden />}
            >
              {words(label)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
