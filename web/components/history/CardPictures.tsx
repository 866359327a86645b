import { Thumbnail } from "@/components/ui/Thumbnail";
import { useWords } from "@/hooks/useWords";
import { picturesOf } from "@/lib/posts/pictures";
import type { Post } from "@/lib/python-backend/types";
import classes from "./CardPictures.module.css";

/** The post's pictures, small. */
export function CardPictures({ post }: { post: Post }) {
  const words = useWords();
  const pictures = picturesOf(post);
  if (pictures.length === 0) return null;
  return (
    <div className={classes.pictures}>
      {pictures.map(({ id, alt }, place) => (
        <Thumbnail
          key={id}
          id={id}
          alt={alt || words("pictures.number", { number: place + 1, kind: "picture" })}
          size={56}
        />
      ))}
    </div>
  );
}
