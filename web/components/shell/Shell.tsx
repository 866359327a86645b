import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { useKeys } from "@/hooks/useKeys";
import { useWords } from "@/hooks/useWords";
import { Bell } from "./Bell";
import { BottomBar } from "./BottomBar";
import { KeysModal } from "./KeysModal";
import { LateBanner } from "./LateBanner";
import { LiveNote } from "./LiveNote";
import { PausedBanner } from "./PausedBanner";
import { ProfileMenu } from "./ProfileMenu";
import { Rail } from "./Rail";
import { ServerTime } from "./ServerTime";
import classes from "./Shell.module.css";
import { ThemeMenu } from "./ThemeMenu";

export function Shell({ children }: { children: ReactNode }) {
  const words = useWords();
  const router = useRouter();
  const [keysShown, setKeysShown] = useState(false);
  useKeys({
    c: () => router.push("/compose/"),
    "/": () => {
      const search = document.getElementById("search");
      if (search) search.focus();
      else router.push("/posts/?find=true");
    },
    "?": () => setKeysShown(true),
  });

  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {words("shell.skip")}
      </a>
      <Rail />
      <header className={classes.top}>
        <ServerTime />
        <LiveNote />
        <div className={classes.tools}>
          <Bell />
          <ThemeMenu />
          <ProfileMenu onShowKeys={() => setKeysShown(true)} />
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes.content}>
        <LateBanner />
        <PausedBanner />
        {children}
      </main>
      <BottomBar />
      <KeysModal opened={keysShown} onClose={() => setKeysShown(false)} />
    </div>
  );
}
