import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { deleteCampaign } from "@/lib/python-backend/api/campaigns";
import type { Campaign } from "@/lib/python-backend/types";

interface Props {
  campaign: Campaign;
  onClose: () => void;
}

/** Nothing brings a campaign back, so it is asked for; its posts stay. */
export function DeleteModal({ campaign, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteCampaign(campaign.id),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={words("campaign.deleteNamed", { name: campaign.name })}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        <p style={{ margin: 0 }}>{words("campaign.deleteMeans")}</p>
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
            {words("action.delete")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
