import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Logo } from "@/components/ui/Logo";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { PLACES } from "./places";
import classes from "./Rail.module.css";

export function Rail() {
  const words = useWords();
  const path = usePathname();
  const { session } = useDashboard();
  return (
    <aside className={classes.rail}>
      <Link href="/posts/" className={classes.home} aria-label={words("nav.home")}>
        <Logo />
      </Link>
      <span className={classes.workspace}>{session.workspace.name}</span>
      <Button
        component={Link}
        href="/compose/"
        leftSection={<IconPlus size={16} aria-hidden />}
        rightSection={<span className={classes.key}>c</span>}
        classNames={{ label: classes.compose }}
        fullWidth
      >
        {words("nav.compose")}
      </Button>
      <nav aria-label={words("nav.label")} className={classes.places}>
        {PLACES.map(({ href, label, icon: Icon }) => (
          <Link key={href} href={href} aria-current={path === href ? "page" : undefined}>
            <Icon size={17} stroke={1.7} aria-hidden />
            {words(label)}
          </Link>
        ))}
      </nav>
    </aside>
  );
}
