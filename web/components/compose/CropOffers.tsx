import { Button } from "@mantine/core";
import { IconCrop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useReason } from "@/hooks/useReason";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { cropMedia, cropsQuery, mediaKeys } from "@/lib/python-backend/api/media";
import type { Crop, Platform } from "@/lib/python-backend/types";
import classes from "./PictureRow.module.css";

interface Props {
  id: string;
  /** Those that the post goes to. */
  platforms: readonly Platform[];
  /** Takes the piece in place of the whole picture. */
  onCropped: (id: string) => void;
}

/** What a picture's shape keeps from going out as it is, and one press that cuts it to fit. */
export function CropOffers({ id, platforms, onCropped }: Props) {
  const words = useWords();
  const toasts = useToasts();
  const reason = useReason();
  const queries = useQueryClient();
  const { data: crops = [] } = useQuery(cropsQuery(id));
  const crop = useMutation({
    mutationFn: (piece: Crop) => cropMedia(id, piece),
    onSuccess: (made) => {
      queries.setQueryData(mediaKeys.one(made.id), made);
      void queries.invalidateQueries({ queryKey: mediaKeys.lists });
      toasts.good(words("crop.done"), words("crop.kept"));
      onCropped(made.id);
    },
    onError: (error) => toasts.bad(words("crop.refused"), reason(error)),
  });
  return crops.flatMap((piece) => {
    const label = platforms.find(({ name }) => name === piece.platform)?.label;
    if (!label) return [];
    return (
      <div key={piece.platform} className={classes.crop}>
        <span>{words("crop.shape", { label })}</span>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconCrop size={13} aria-hidden />}
          loading={crop.isPending}
          onClick={() => crop.mutate(piece)}
        >
          {words("crop.to", { width: piece.width, height: piece.height })}
        </Button>
      </div>
    );
  });
}
