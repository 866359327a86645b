import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { useWords } from "@/hooks/useWords";
import { wordings } from "@/lib/posts/content";
import type { Post } from "@/lib/python-backend/types";
import classes from "./CardText.module.css";

/** The whole text; where platforms get different ones, each with its platforms' icons. */
export function CardText({ post }: { post: Post }) {
  const words = useWords();
  const texts = wordings(post).filter(({ text }) => text.trim());
  if (texts.length === 0) return <p className={classes.none}>{words("post.noText")}</p>;
  return texts.map(({ text, platforms }) => (
    <p key={text} className={classes.text} dir="auto">
      {texts.length > 1 && (
        <span className={classes.platforms}>
          {platforms.map((platform) => (
            <PlatformIcon key={platform} platform={platform} size={13} />
          ))}
        </span>
      )}
      {text}
    </p>
  ));
}
