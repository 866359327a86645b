import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CopyField } from "@/components/ui/CopyField";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { appKeysKeys, saveAppKeys } from "@/lib/python-backend/api/connecting";
import type { AppKeys } from "@/lib/python-backend/types";

interface Props {
  app: AppKeys;
  onDone: () => void;
}

/** Takes an app's id and secret, and gives what its developer pages ask for. */
export function AppKeysForm({ app, onDone }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const [id, setId] = useState(app.client_id ?? "");
  const [secret, setSecret] = useState("");
  const save = useMutation({
    mutationFn: () => saveAppKeys(app.keys, id.trim(), secret.trim()),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: appKeysKeys.all });
      await queries.invalidateQueries({ queryKey: ["platforms"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        {app.callback_urls.map((url) => (
          <CopyField key={url} label={words("appKeys.callback")} value={url} />
        ))}
        <TextInput
          label={words("appKeys.id")}
          value={id}
          onChange={({ currentTarget }) => setId(currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
        />
        <PasswordInput
          label={words("appKeys.secret")}
          description={words("appKeys.secretHint")}
          value={secret}
          onChange={({ currentTarget }) => setSecret(currentTarget.value)}
          autoComplete="off"
          maxLength={1000}
        />
        {save.isError && (
          <ErrorNote alert title={words("refused.save")}>
            {reason(save.error)}
          </ErrorNote>
        )}
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {words("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!id.trim() || !secret.trim()}>
            {words("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
