import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import { ChoiceToast } from "@/components/ui/ChoiceToast";
import { UndoToast } from "@/components/ui/UndoToast";
import { useReason } from "./useReason";
import { useWords } from "./useWords";

export interface Toasts {
  good(title: string, message?: ReactNode): void;
  bad(title: string, message?: ReactNode): void;
  /** Something was refused: says what, and the server's reason. */
  refused(title: string, error: unknown): void;
  /** Something was refused, and a button does it another way. */
  choice(title: string, message: string, button: string, onChoose: () => void): void;
  /** Offers to undo for `seconds`, counting down. */
  undo(title: string, seconds: number, onUndo: () => void): void;
}

const SHORT = 5000;
const LONG = 12_000;

export function useToasts(): Toasts {
  const reason = useReason();
  const words = useWords();
  return useMemo(() => {
    const closeButtonProps = { "aria-label": words("action.close") };
    const bad: Toasts["bad"] = (title, message) => {
      notifications.show({
        title,
        message,
        autoClose: LONG,
        color: "red",
        closeButtonProps,
        icon: <IconAlertTriangle size={16} aria-hidden />,
      });
    };
    return {
      bad,
      good: (title, message) => {
        notifications.show({
          title,
          message,
          autoClose: SHORT,
          color: "green",
          closeButtonProps,
          icon: <IconCheck size={16} aria-hidden />,
        });
      },
      refused: (title, error) => bad(title, reason(error)),
      choice: (title, message, button, onChoose) => {
        const choose = () => {
          notifications.hide(id);
          onChoose();
        };
        const id = notifications.show({
          title,
          message: <ChoiceToast message={message} button={button} onChoose={choose} />,
          autoClose: LONG * 2,
          color: "yellow",
          closeButtonProps,
        });
      },
      undo: (title, seconds, onUndo) => {
        const id = notifications.show({
          message: (
            <UndoToast
              title={title}
              seconds={seconds}
              onUndo={() => {
                notifications.hide(id);
                onUndo();
              }}
            />
          ),
          autoClose: seconds * 1000,
          color: "gray",
          closeButtonProps,
        });
      },
    };
  }, [reason, words]);
}
