import { useDashboard } from "@/contexts/DashboardContext";
import { useNow } from "@/hooks/useNow";
import { useWords, type Words } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import { dayKey, dayOf } from "@/lib/time/format";
import classes from "./DayGroup.module.css";
import { HistoryCard } from "./HistoryCard";

const MINUTE = 60_000;
const DAY = 86_400_000;

export function DayGroup({ day, posts }: { day: string; posts: Post[] }) {
  const words = useWords();
  const { zone } = useDashboard();
  const now = useNow(MINUTE);
  const name = nameOf(day, now, zone, words);
  return (
    <section className={classes.day} aria-labelledby={`day-${day}`}>
      <h2 id={`day-${day}`} data-today={day === dayKey(now, zone)}>
        {name && <span>{name}</span>}
        <time dateTime={day}>{dayOf(Date.parse(`${day}T12:00:00Z`), "UTC")}</time>
      </h2>
      {posts.map((post) => (
        <HistoryCard key={post.id} post={post} />
      ))}
    </section>
  );
}

function nameOf(day: string, now: number, zone: string, words: Words): string | null {
  if (day === dayKey(now, zone)) return words("day.today");
  if (day === dayKey(now + DAY, zone)) return words("day.tomorrow");
  if (day === dayKey(now - DAY, zone)) return words("day.yesterday");
  return null;
}
