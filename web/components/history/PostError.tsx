import { Button } from "@mantine/core";
import Link from "next/link";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { type MessageId, useWords } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import { type Advice, adviceFor } from "./advice";

const BUTTONS: Record<Advice["action"], MessageId> = {
  retry: "action.retry",
  edit: "action.edit",
  schedule: "action.schedule",
  accounts: "action.accounts",
};

interface Props {
  post: Post;
  onAct: (action: "retry" | "edit" | "schedule") => void;
}

/** Where a post needs a person: what happened, why, what to do, and the button for it. */
export function PostError({ post, onAct }: Props) {
  const words = useWords();
  const found = adviceFor(post);
  if (!found) return null;
  const { title, advice, action } = found;
  const shownAbove = post.deliveries.some((delivery) => delivery.error);
  const button = words(BUTTONS[action]);
  return (
    <ErrorNote
      title={words(title)}
      action={
        action === "accounts" ? (
          <Button component={Link} href="/accounts/" size="compact-sm" variant="default">
            {button}
          </Button>
        ) : (
          <Button size="compact-sm" variant="default" onClick={() => onAct(action)}>
            {button}
          </Button>
        )
      }
    >
      {!shownAbove && post.publish_error && <>{post.publish_error} </>}
      {words(advice)}
    </ErrorNote>
  );
}
