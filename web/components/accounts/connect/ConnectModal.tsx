import { Modal } from "@mantine/core";
import { useState } from "react";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform, Way } from "@/lib/python-backend/types";
import { PlatformGrid } from "./PlatformGrid";
import { WayForm } from "./WayForm";

interface Props {
  platforms: Platform[];
  /** The account to connect again; null: a new one. */
  again: Account | null;
  onClose: () => void;
}

/** From "which platform" to the platform's own consent page, or to what has to be typed. */
export function ConnectModal({ platforms, again, onClose }: Props) {
  const words = useWords();
  const [chosen, setChosen] = useState<string | null>(again?.platform ?? null);
  const platform = platforms.find(({ name }) => name === chosen);
  const title = again
    ? words("connect.again", { handle: again.handle })
    : platform
      ? words("connect.titleFor", { label: platform.label })
      : words("connect.title");
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="md"
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      {platform ? (
        <WayForm
          platform={platform}
          ways={waysFor(platform, again)}
          again={again}
          onBack={again ? onClose : () => setChosen(null)}
          onClose={onClose}
        />
      ) : (
        <PlatformGrid platforms={platforms} onChoose={setChosen} />
      )}
    </Modal>
  );
}

/** An account is connected again the way it was. */
function waysFor(platform: Platform, again: Account | null): Way[] {
  const same = platform.ways.filter(({ name }) => name === again?.way);
  return same.length > 0 ? same : platform.ways;
}
