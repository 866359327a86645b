import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { campaignKeys } from "@/lib/python-backend/api/campaigns";

interface Props {
  title: string;
  button: string;
  name: string;
  onSave: (name: string) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for a campaign's name; what the server refuses stands at the field. */
export function NameModal({ title, button, name, onSave, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const [written, setWritten] = useState(name);
  const save = useMutation({
    mutationFn: onSave,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: campaignKeys.all });
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (written.trim()) save.mutate(written.trim());
        }}
      >
        <Stack gap="md">
          <TextInput
            label={words("campaign.name")}
            value={written}
            onChange={(event) => {
              setWritten(event.currentTarget.value);
              save.reset();
            }}
            error={save.isError ? reason(save.error) : undefined}
            maxLength={200}
            data-autofocus
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {words("action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!written.trim()}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
