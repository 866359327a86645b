import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import type { ChosenMoment } from "@/lib/posts/moment";
import { refusedQuotas } from "@/lib/posts/quotas";
import type { Wall } from "@/lib/time/local";
import { type ReadingChoice, readingsOf } from "@/lib/time/readings";
import { wallOf } from "@/lib/time/wall";
import { MomentFields } from "./MomentFields";
import { QuotaNote } from "./QuotaNote";
import { ReadingQuestion } from "./ReadingQuestion";

interface Props {
  onClose: () => void;
  zone: string;
  /** The instant that the dialog proposes. */
  from: number;
  /** Raises what the server refuses; this dialog says it. */
  onSchedule: (moment: ChosenMoment, anyway: boolean) => Promise<unknown>;
}

export default function ScheduleModal({ onClose, zone, from, onSchedule }: Props) {
  const words = useWords();
  const reason = useReason();
  const [wall, setWall] = useState(() => wallOf(from, zone));
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const readings = readingsOf(refusal);
  const quotas = refusedQuotas(refusal);

  const choose = (next: Wall) => {
    setWall(next);
    setRefusal(null);
  };

  const submit = async (reading?: ReadingChoice, anyway = false) => {
    setBusy(true);
    try {
      const instant = reading?.fold === undefined ? reading?.instant : undefined;
      await onSchedule({ wall, zone, fold: reading?.fold, instant }, anyway);
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
      title={words("schedule.title")}
      closeButtonProps={{ "aria-label": words("action.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="md">
          <MomentFields value={wall} zone={zone} onChange={choose} />
          {readings.length > 0 && (
            <ReadingQuestion
              readings={readings}
              sentence={reason(refusal)}
              zone={zone}
              onChoose={(reading) => submit(reading)}
            />
          )}
          {quotas.length > 0 && (
            <QuotaNote
              quotas={quotas}
              zone={zone}
              onUse={(at) => choose(wallOf(at, zone))}
              onAnyway={() => submit(undefined, true)}
            />
          )}
          {refusal !== null && readings.length + quotas.length === 0 && (
            <ErrorNote alert title={words("refused.schedule")}>
              {reason(refusal)}
            </ErrorNote>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {words("action.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!wall.date || !wall.time}>
              {words("action.schedule")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
