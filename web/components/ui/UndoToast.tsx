import { Button } from "@mantine/core";
import { useState } from "react";
import { useNow } from "@/hooks/useNow";
import { useWords } from "@/hooks/useWords";
import { serverNow } from "@/lib/serverClock";
import classes from "./UndoToast.module.css";

interface Props {
  title: string;
  seconds: number;
  onUndo: () => void;
}

export function UndoToast({ title, seconds, onUndo }: Props) {
  const words = useWords();
  const [until] = useState(() => serverNow() + seconds * 1000);
  const left = Math.max(0, Math.ceil((until - useNow(250)) / 1000));
  return (
    <div className={classes.toast}>
      <span>{title}</span>
      <Button size="compact-sm" variant="default" onClick={onUndo}>
        {words("action.undo")}
        <span className={classes.left} aria-hidden>
          {words("time.seconds", { count: left })}
        </span>
      </Button>
    </div>
  );
}
