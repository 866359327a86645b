import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { removeAccount } from "@/lib/python-backend/api/accounts";
import type { Account } from "@/lib/python-backend/types";

interface Props {
  account: Account;
  onClose: () => void;
}

/** What removing an account does is said before it is done. */
export function RemoveModal({ account, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeAccount(account.id),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={words("accounts.removeNamed", { name: account.handle })}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        <p style={{ margin: 0 }}>{words("accounts.removeMeans")}</p>
        {remove.isError && (
          <ErrorNote alert title={words("refused.delete")}>
            {reason(remove.error)}
          </ErrorNote>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words("action.cancel")}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {words("accounts.remove")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
