import { Button, Tooltip } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { usePausing } from "@/hooks/usePausing";
import { useWords } from "@/hooks/useWords";
import type { Pause } from "@/lib/python-backend/types";

interface Props {
  /** What is paused, for people who do not see where the button stands. */
  name: string;
  paused: boolean;
  pause: () => Promise<Pause>;
  resume: () => Promise<Pause>;
}

/** Pauses, or lets go on; says before what that means. */
export function PauseButton({ name, paused, pause, resume }: Props) {
  const words = useWords();
  const { toggle, busy } = usePausing({ pause, resume });
  const Icon = paused ? IconPlayerPlay : IconPlayerPause;
  return (
    <Tooltip label={words(paused ? "pause.resumeMeans" : "pause.means")} multiline w={260}>
      <Button
        size="compact-sm"
        variant="default"
        loading={busy}
        leftSection={<Icon size={14} aria-hidden />}
        aria-label={words(paused ? "pause.resumeNamed" : "pause.pauseNamed", { name })}
        onClick={() => toggle(paused)}
      >
        {words(paused ? "pause.resume" : "pause.pause")}
      </Button>
    </Tooltip>
  );
}
