import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ConflictChoice } from "@/components/ui/ConflictChoice";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { TextCounters } from "@/components/ui/TextCounters";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import { storedInstead } from "@/lib/posts/conflict";
import { withText, wordings, writable } from "@/lib/posts/content";
import { platformsQuery } from "@/lib/python-backend/api/platforms";
import type { Post } from "@/lib/python-backend/types";

interface Props {
  post: Post;
  onClose: () => void;
}

/** Changes what a post says, and nothing else of it. */
export default function EditTextModal({ post, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const { actions } = useDashboard();
  const { data: platforms = [] } = useQuery(platformsQuery);
  const [base, setBase] = useState(post);
  const [texts, setTexts] = useState(() => editable(post));
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const stored = storedInstead(refusal);

  const save = async (version: number) => {
    setBusy(true);
    setRefusal(null);
    try {
      await actions.saveText(base, contentWith(base, texts), version);
      onClose();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={words("edit.title")}
      size="lg"
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        {texts.map(({ text, platforms: names }, index) => (
          <Stack key={names.join()} gap={6}>
            <Textarea
              label={words("edit.for", { platforms: names.map(labelOf).join(", ") })}
              value={text}
              onChange={(event) => {
                const written = event.currentTarget.value;
                setTexts(texts.map((one, at) => (at === index ? { ...one, text: written } : one)));
              }}
              autosize
              minRows={4}
              maxRows={16}
              data-autofocus={index === 0 || undefined}
            />
            <TextCounters
              platforms={platforms.filter(({ name }) => names.includes(name))}
              textOn={() => text}
            />
          </Stack>
        ))}
        {stored && (
          <ConflictChoice
            yours={texts.map(({ text }) => text).join("\n\n")}
            stored={wordings(stored)
              .map(({ text }) => text)
              .join("\n\n")}
            onKeepYours={() => save(stored.version)}
            onTakeStored={() => {
              setBase(stored);
              setTexts(editable(stored));
              setRefusal(null);
            }}
          />
        )}
        {refusal !== null && !stored && (
          <ErrorNote alert title={words("refused.save")}>
            {reason(refusal)}
          </ErrorNote>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {words("action.cancel")}
          </Button>
          <Button loading={busy} disabled={stored !== null} onClick={() => save(base.version)}>
            {words("action.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function editable(post: Post) {
  const found = wordings(post);
  return found.length > 0 ? found : [{ text: "", platforms: post.platforms }];
}

function contentWith(post: Post, texts: ReturnType<typeof editable>): Post["content"] {
  let content = writable(post.content);
  for (const { text, platforms } of texts) {
    for (const platform of platforms) content = withText(content, platform, text);
  }
  return content;
}
