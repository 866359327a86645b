import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { lengthOf, sizeOf } from "@/lib/posts/size";
import {
  contentOf,
  deleteMedia,
  describeMedia,
  isVideo,
  mediaKeys,
  posterOf,
} from "@/lib/python-backend/api/media";
import type { Media } from "@/lib/python-backend/types";
import classes from "./MediaGrid.module.css";

interface Props {
  file: Media;
  onClose: () => void;
}

/** One file: what it is, what is said to people who do not see it, and the way out. */
export function MediaModal({ file, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const [alt, setAlt] = useState(file.alt_text);
  const done = async () => {
    await queries.invalidateQueries({ queryKey: mediaKeys.lists });
    await queries.invalidateQueries({ queryKey: mediaKeys.one(file.id) });
    await queries.invalidateQueries({ queryKey: mediaKeys.usage });
    onClose();
  };
  const save = useMutation({ mutationFn: () => describeMedia(file.id, alt), onSuccess: done });
  const remove = useMutation({ mutationFn: () => deleteMedia(file.id), onSuccess: done });
  const refused = save.error ?? remove.error;
  return (
    <Modal
      opened
      onClose={onClose}
      title={file.name}
      size="lg"
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <Stack gap="md">
        {isVideo(file) ? (
          // biome-ignore lint/a11y/useMediaCaption: a person's own upload has no captions yet
          <video
            className={classes.shown}
            src={contentOf(file.id)}
            poster={posterOf(file.id)}
            controls
            preload="none"
          />
        ) : (
          // biome-ignore lint/performance/noImgElement: a static export optimises no images
          <img className={classes.shown} src={contentOf(file.id)} alt={file.alt_text} />
        )}
        <p className={classes.facts}>{factsOf(file).join(" · ")}</p>
        <Textarea
          label={words("media.alt")}
          description={words("media.altHint")}
          value={alt}
          onChange={({ currentTarget }) => setAlt(currentTarget.value)}
          autosize
          minRows={2}
          maxRows={6}
          maxLength={2000}
          dir="auto"
        />
        {refused && (
          <ErrorNote alert title={words(remove.error ? "refused.delete" : "refused.save")}>
            {reason(refused)}
          </ErrorNote>
        )}
        <Group justify="space-between">
          <Button
            variant="subtle"
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {words("action.delete")}
          </Button>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {words("action.cancel")}
            </Button>
            <Button
              loading={save.isPending}
              disabled={alt === file.alt_text}
              onClick={() => save.mutate()}
            >
              {words("action.save")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}

function factsOf(file: Media): string[] {
  return [
    file.mime_type,
    file.width && file.height ? `${file.width} × ${file.height}` : "",
    file.duration === null ? "" : lengthOf(file.duration),
    sizeOf(file.bytes),
  ].filter(Boolean);
}
