import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import { postKeys, takeBack } from "@/lib/python-backend/api/posts";
import type { Post } from "@/lib/python-backend/types";

interface Props {
  post: Post;
  onClose: () => void;
}

/** What is deleted on the platforms cannot be put back, so it is asked for, and then told. */
export function TakeBackModal({ post, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const { data: platforms = [] } = useQuery(platformsQuery);
  const taking = useMutation({
    mutationFn: () => takeBack(post.id),
    onSettled: () => queries.invalidateQueries({ queryKey: postKeys.lists }),
  });
  const shown = post.deliveries.filter(
    ({ state, removed_at, parts }) => parts.length > 0 || (state === "published" && !removed_at),
  );
  const fixed = (name: string) => platforms.find((one) => one.name === name)?.deletes === false;
  return (
    <Modal
      opened
      onClose={onClose}
      title={words("takeBack.title")}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        {taking.isSuccess ? (
          <ul style={{ margin: 0, paddingLeft: 20 }} aria-live="polite">
            {taking.data.items.map(({ delivery_id: id, platform, handle, left, problem }) => (
              <li key={id}>
                {words(left === 0 ? "takeBack.gone" : "takeBack.left", {
                  label: labelOf(platform),
                  handle,
                })}{" "}
                {problem?.message}
              </li>
            ))}
          </ul>
        ) : (
          <>
            <p style={{ margin: 0 }}>{words("takeBack.means")}</p>
            <ul style={{ margin: 0, paddingLeft: 20 }}>
              {shown.map(({ id, platform, handle }) => (
                <li key={id}>
                  {words(fixed(platform) ? "takeBack.cannot" : "retry.account", {
                    handle,
                    label: labelOf(platform),
                  })}
                </li>
              ))}
            </ul>
          </>
        )}
        {taking.isError && (
          <ErrorNote alert title={words("refused.delete")}>
            {reason(taking.error)}
          </ErrorNote>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words(taking.isSuccess ? "action.close" : "action.cancel")}
          </Button>
          {!taking.isSuccess && (
            <Button color="red" loading={taking.isPending} onClick={() => taking.mutate()}>
              {words("action.takeBack")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
