import { ApiProblem, isRecord } from "../python-backend/problem";

/** One of the two instants that a wall-clock time near a clock change can mean. */
export interface ReadingChoice {
  instant: string;
  /** Set where the time exists twice: the first (0) or the second (1). */
  fold?: 0 | 1;
}

/** The readings the server offers with `time_in_gap` or `time_ambiguous`; none for anything else. */
export function readingsOf(error: unknown): ReadingChoice[] {
  if (!(error instanceof ApiProblem) || !Array.isArray(error.extra.readings)) return [];
  return error.extra.readings.flatMap((reading): ReadingChoice[] => {
    if (typeof reading === "string") return [{ instant: reading }];
    if (!isRecord(reading) || typeof reading.instant !== "string") return [];
    return [{ instant: reading.instant, fold: reading.fold === 1 ? 1 : 0 }];
  });
}
