import { Modal } from "@mantine/core";
import { type MessageId, useWords } from "@/hooks/useWords";
import classes from "./KeysModal.module.css";

const KEYS: readonly [string, MessageId][] = [
  ["c", "keys.compose"],
  ["/", "keys.search"],
  ["?", "keys.help"],
  ["Esc", "keys.close"],
];

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function KeysModal({ opened, onClose }: Props) {
  const words = useWords();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words("keys.title")}
      size="sm"
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <dl className={classes.keys}>
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words(meaning)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
