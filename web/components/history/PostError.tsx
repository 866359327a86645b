import { Button, Group } from "@mantine/core";
import Link from "next/link";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { type MessageId, useWords } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import { type AdvisedAction, adviceFor } from "./advice";

const BUTTONS: Record<AdvisedAction, MessageId> = {
  retry: "action.retry",
  edit: "action.edit",
  schedule: "action.chooseMoment",
  publish: "action.publish",
  accounts: "action.accounts",
};

interface Props {
  post: Post;
  onAct: (action: Exclude<AdvisedAction, "accounts">) => void;
}

/** Where a post needs a person: what happened, why, what to do, and the buttons for it. */
export function PostError({ post, onAct }: Props) {
  const words = useWords();
  const found = adviceFor(post);
  if (!found) return null;
  const { title, advice, actions } = found;
  const shownAbove = post.deliveries.some((delivery) => delivery.error);
  return (
    <ErrorNote
      title={words(title)}
      action={
        <Group gap={6}>
          {actions.map((action) =>
            action === "accounts" ? (
              <Button
                key={action}
                component={Link}
                href="/accounts/"
                size="compact-sm"
                variant="default"
              >
                {words(BUTTONS[action])}
              </Button>
            ) : (
              <Button
                key={action}
                size="compact-sm"
                variant="default"
                onClick={() => onAct(action)}
              >
                {words(BUTTONS[action])}
              </Button>
            ),
          )}
        </Group>
      }
    >
      {!shownAbove && post.publish_error && <>{post.publish_error} </>}
      {words(advice)}
    </ErrorNote>
  );
}
