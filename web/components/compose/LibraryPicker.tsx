import { Modal } from "@mantine/core";
import type { Dispatch } from "react";
import { MediaGrid } from "@/components/media/MediaGrid";
import { useWords } from "@/hooks/useWords";
import type { ComposeAction, ComposeState } from "./state";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  onClose: () => void;
}

/** Takes files that were uploaded before: pressed once they are in the post, again they are out. */
export function LibraryPicker({ state, dispatch, onClose }: Props) {
  const words = useWords();
  const taken = state.pictures.map(({ id }) => id);
  return (
    <Modal
      opened
      onClose={onClose}
      title={words("media.pick")}
      size="xl"
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <MediaGrid
        taken={taken}
        label={({ id, name }) =>
          words(taken.includes(id) ? "media.putOut" : "media.take", { name })
        }
        onOpen={({ id }) =>
          dispatch({ type: taken.includes(id) ? "picture removed" : "picture added", id })
        }
      />
    </Modal>
  );
}
