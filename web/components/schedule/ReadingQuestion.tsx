import { Button } from "@mantine/core";
import { useWords } from "@/hooks/useWords";
import { fullMoment } from "@/lib/time/format";
import type { ReadingChoice } from "@/lib/time/readings";
import classes from "./ReadingQuestion.module.css";

interface Props {
  readings: ReadingChoice[];
  /** The server's sentence about the chosen time. */
  sentence: string;
  zone: string;
  onChoose: (reading: ReadingChoice) => void;
}

/** The clocks change: asks which of the two readings is meant. */
export function ReadingQuestion({ readings, sentence, zone, onChoose }: Props) {
  const words = useWords();
  return (
    <div className={classes.question} role="alert">
      <p>{sentence}</p>
      <p className={classes.ask}>{words("reading.ask")}</p>
      <div className={classes.choices}>
        {readings.map((reading) => (
          <Button
            key={reading.instant}
            variant="default"
            size="sm"
            justify="flex-start"
            onClick={() => onChoose(reading)}
          >
            <span className="tabular">{fullMoment(Date.parse(reading.instant), zone)}</span>
            {reading.fold !== undefined && (
              <span className={classes.which}>
                {words(reading.fold === 0 ? "reading.first" : "reading.second")}
              </span>
            )}
          </Button>
        ))}
      </div>
    </div>
  );
}
