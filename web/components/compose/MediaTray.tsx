import { Button, FileButton } from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { type Dispatch, useState } from "react";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform } from "@/lib/python-backend/types";
import classes from "./MediaTray.module.css";
import { PictureRow } from "./PictureRow";
import { type ComposeAction, type ComposeState, platformsOf } from "./state";
import { UploadRow } from "./UploadRow";
import type { Uploads } from "./useUploads";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
  uploads: Uploads;
}

const ANY_ALT = 2000;

/** The post's pictures in their order, each with what is said to people who do not see it. */
export function MediaTray({ state, dispatch, accounts, platforms, uploads }: Props) {
  const words = useWords();
  const [dragged, setDragged] = useState<string | null>(null);
  const names = platformsOf(state, accounts);
  const limits = platforms.flatMap(({ name, images }) =>
    images && names.includes(name) ? [images] : [],
  );
  const types = [...new Set(limits.flatMap((one) => one.types))];
  const most = Math.min(ANY_ALT, ...limits.map((one) => one.max_alt));
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
              maxAlt={most}
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
        <FileButton multiple accept={types.join(",") || "image/*"} onChange={uploads.add}>
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
        <span className={classes.hint}>{words("pictures.hint")}</span>
      </div>
    </section>
  );
}
