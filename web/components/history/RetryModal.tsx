import { Button, Group, Modal, Stack } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import type { Post } from "@/lib/python-backend/types";

interface Props {
  post: Post;
  onClose: () => void;
  onRetry: () => void;
}

/** Sending again what may be out already could publish it twice, so a person looks first. */
export function RetryModal({ post, onClose, onRetry }: Props) {
  const words = useWords();
  const { session } = useDashboard();
  const doubtful = post.deliveries.filter((delivery) => delivery.state === "unconfirmed");
  return (
    <Modal
      opened
      onClose={onClose}
      title={words("retry.title")}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        <p style={{ margin: 0 }}>{words("retry.look")}</p>
        <ul style={{ margin: 0, paddingLeft: 20 }}>
          {doubtful.map(({ id, platform, handle }) => (
            <li key={id}>{words("retry.account", { handle, label: labelOf(platform) })}</li>
          ))}
        </ul>
        {session.sandbox_url && (
          <a href={session.sandbox_url} target="_blank" rel="noreferrer">
            {words("profile.sandbox")} <IconExternalLink size={13} aria-hidden />
          </a>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words("action.cancel")}
          </Button>
          <Button
            onClick={() => {
              onClose();
              onRetry();
            }}
          >
            {words("retry.confirm")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
