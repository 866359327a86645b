import { Button, FileButton } from "@mantine/core";
import { IconLibraryPhoto, IconPhotoPlus } from "@tabler/icons-react";
import { type Dispatch, useState } from "react";
import { UploadRow } from "@/components/uploads/UploadRow";
import type { Uploads } from "@/components/uploads/useUploads";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform } from "@/lib/python-backend/types";
import { LibraryPicker } from "./LibraryPicker";
import classes from "./MediaTray.module.css";
import { PictureRow } from "./PictureRow";
import { type ComposeAction, type ComposeState, platformsOf } from "./state";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
  uploads: Uploads;
}

/** The post's pictures in their order, each with what is said to people who do not see it. */
export function MediaTray({ state, dispatch, accounts, platforms, uploads }: Props) {
  const words = useWords();
  const [picking, setPicking] = useState(false);
  const [dragged, setDragged] = useState<string | null>(null);
  const names = platformsOf(state, accounts);
  const chosen = platforms.filter(({ name }) => names.includes(name));
  const limits = chosen.flatMap(({ images }) => (images ? [images] : []));
  const videos = chosen.flatMap(({ videos: some }) => (some ? [some] : []));
  // Pictures of other types are made into ones the platforms take.
  const types = [...(limits.length > 0 ? ["image/*"] : []), ...videos.flatMap((one) => one.types)];
  const { pictures } = state;

  const moveTo = (to: number) => {
    if (dragged !== null) dispatch({ type: "picture moved", id: dragged, to });
    setDragged(null);
  };

  return (
    <section id="compose-pictures" tabIndex={-1} aria-label={words("pictures.title")}>
      {state.mixed && <p className={classes.mixed}>{words("pictures.mixed")}</p>}
      {pictures.length + uploads.list.length > 0 && (
        <ol className={classes.list}>
          {pictures.map((picture, place) => (
            <PictureRow
              key={picture.id}
              picture={picture}
              place={place}
              count={pictures.length}
              platforms={chosen}
              dispatch={dispatch}
              onDrag={setDragged}
              onDropped={moveTo}
            />
          ))}
          {uploads.list.map((upload) => (
            <UploadRow key={upload.key} upload={upload} uploads={uploads} />
          ))}
        </ol>
      )}
      <div className={classes.add}>
        <FileButton
          multiple
          accept={[...new Set(types)].join(",") || "image/*"}
          onChange={uploads.add}
        >
          {(props) => (
            <Button
              {...props}
              size="compact-sm"
              variant="default"
              leftSection={<IconPhotoPlus size={15} aria-hidden />}
            >
              {words("pictures.add")}
            </Button>
          )}
        </FileButton>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconLibraryPhoto size={15} aria-hidden />}
          onClick={() => setPicking(true)}
        >
          {words("media.fromLibrary")}
        </Button>
        <span className={classes.hint}>{words("pictures.hint")}</span>
      </div>
      {picking && (
        <LibraryPicker state={state} dispatch={dispatch} onClose={() => setPicking(false)} />
      )}
    </section>
  );
}
