import { Button } from "@mantine/core";
import classes from "./ChoiceToast.module.css";

interface Props {
  message: string;
  button: string;
  onChoose: () => void;
}

export function ChoiceToast({ message, button, onChoose }: Props) {
  return (
    <div className={classes.toast}>
      <span>{message}</span>
      <Button size="compact-sm" variant="default" onClick={onChoose}>
        {button}
      </Button>
    </div>
  );
}
