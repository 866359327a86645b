import { Moment, Relative } from "@/components/ui/Moment";
import { useWords } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import classes from "./CardMoment.module.css";

/** When the post goes out or went out; for one without a moment, when it was written. */
export function CardMoment({ post, zone }: { post: Post; zone: string }) {
  const words = useWords();
  const instant = post.scheduled_at ?? post.created_at;
  return (
    <div className={classes.moment}>
      <Moment instant={instant} zone={zone} timeOnly className={classes.time} />
      <span className={classes.relative}>
        {post.scheduled_at ? <Relative instant={instant} /> : words("post.written")}
      </span>
    </div>
  );
}
