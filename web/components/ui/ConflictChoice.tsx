import { Button } from "@mantine/core";
import { useWords } from "@/hooks/useWords";
import classes from "./ConflictChoice.module.css";

interface Props {
  yours: string;
  stored: string;
  onKeepYours: () => void;
  onTakeStored: () => void;
}

/** Somebody else saved in the meantime: shows both texts and asks which to keep. */
export function ConflictChoice({ yours, stored, onKeepYours, onTakeStored }: Props) {
  const words = useWords();
  const versions = [
    {
      title: words("conflict.yours"),
      text: yours,
      keep: onKeepYours,
      button: words("conflict.keepYours"),
    },
    {
      title: words("conflict.stored"),
      text: stored,
      keep: onTakeStored,
      button: words("conflict.takeStored"),
    },
  ];
  return (
    <div className={classes.conflict} role="alert">
      <p>{words("conflict.explained")}</p>
      <div className={classes.versions}>
        {versions.map(({ title, text, keep, button }) => (
          <section key={title} className={classes.version}>
            <h3>{title}</h3>
            <p>{text || words("post.noText")}</p>
            <Button size="compact-sm" variant="default" onClick={keep}>
              {button}
            </Button>
          </section>
        ))}
      </div>
    </div>
  );
}
