import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";

interface Props {
  /** Raises what the server refuses; it stands at the field. */
  onConfirm: (link: string) => Promise<unknown>;
  onCancel: () => void;
}

/** Asks where the post was found. */
export function ConfirmForm({ onConfirm, onCancel }: Props) {
  const words = useWords();
  const reason = useReason();
  const [link, setLink] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const submit = async () => {
    setBusy(true);
    try {
      await onConfirm(link.trim());
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (link.trim()) void submit();
      }}
    >
      <TextInput
        label={words("doubt.link")}
        type="url"
        autoFocus
        value={link}
        onChange={(event) => {
          setLink(event.currentTarget.value);
          setRefusal(null);
        }}
        error={refusal === null ? undefined : reason(refusal)}
      />
      <Group gap={8} mt={8}>
        <Button type="submit" size="compact-sm" loading={busy} disabled={!link.trim()}>
          {words("doubt.confirm")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          {words("action.cancel")}
        </Button>
      </Group>
    </form>
  );
}
