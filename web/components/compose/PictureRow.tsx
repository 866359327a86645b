import { ActionIcon, Textarea } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Dispatch } from "react";
import { Thumbnail } from "@/components/ui/Thumbnail";
import { useWords } from "@/hooks/useWords";
import { altRoom } from "@/lib/posts/altText";
import type { Picture } from "@/lib/posts/pictures";
import { isVideo, mediaQuery } from "@/lib/python-backend/api/media";
import type { Platform } from "@/lib/python-backend/types";
import { CropOffers } from "./CropOffers";
import classes from "./PictureRow.module.css";
import { altFieldOf } from "./problems";
import type { ComposeAction } from "./state";

interface Props {
  picture: Picture;
  place: number;
  count: number;
  /** Those that the post goes to. */
  platforms: readonly Platform[];
  dispatch: Dispatch<ComposeAction>;
  onDrag: (id: string | null) => void;
  onDropped: (place: number) => void;
}

/** One picture of the post: its alt text, its place among the others, and the way out. */
export function PictureRow({
  picture,
  place,
  count,
  platforms,
  dispatch,
  onDrag,
  onDropped,
}: Props) {
  const words = useWords();
  const { id } = picture;
  const { data: file } = useQuery(mediaQuery(id));
  const alt = picture.alt ?? file?.alt_text ?? "";
  const long = [...alt].length;
  const isFilm = file !== undefined && isVideo(file);
  const room = altRoom(platforms, isFilm);
  const named = { number: place + 1, kind: isFilm ? "video" : "picture" };
  const move = (to: number) => dispatch({ type: "picture moved", id, to });
  return (
    <li
      className={classes.row}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        if (event.dataTransfer.files.length > 0) return;
        event.preventDefault();
        onDropped(place);
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows do the same by keyboard */}
      <div
        className={classes.handle}
        draggable={count > 1}
        onDragStart={() => onDrag(id)}
        onDragEnd={() => onDrag(null)}
      >
        <Thumbnail id={id} alt={alt || words("pictures.number", named)} size={80} video={isFilm} />
      </div>
      <div className={classes.words}>
        <Textarea
          id={altFieldOf(id)}
          aria-label={words("pictures.altOf", named)}
          placeholder={words("pictures.alt")}
          value={alt}
          onChange={({ currentTarget: { value } }) =>
            dispatch({ type: "picture described", id, alt: value })
          }
          autosize
          minRows={2}
          maxRows={6}
          dir="auto"
        />
        <div className={classes.below}>
          <span className={classes.name}>{file?.name}</span>
          <span className={classes.counter} data-over={long > room.most}>
            {words("count.short", { count: long, maximum: room.most })}
          </span>
        </div>
        {room.silent.length > 0 && (
          <div className={classes.below}>
            {words("pictures.silent", {
              labels: room.silent.join(", "),
              count: room.silent.length,
            })}
          </div>
        )}
        {file && !isFilm && !file.animated && (
          <CropOffers
            id={id}
            platforms={platforms}
            onCropped={(by) => dispatch({ type: "picture replaced", id, by })}
          />
        )}
      </div>
      <div className={classes.tools}>
        {count > 1 && (
          <>
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={place === 0}
              aria-label={words("pictures.earlier", named)}
              onClick={() => move(place - 1)}
            >
              <IconArrowUp size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={place + 1 === count}
              aria-label={words("pictures.later", named)}
              onClick={() => move(place + 1)}
            >
              <IconArrowDown size={15} aria-hidden />
            </ActionIcon>
          </>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words("pictures.remove", named)}
          onClick={() => dispatch({ type: "picture removed", id })}
        >
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </div>
    </li>
  );
}
