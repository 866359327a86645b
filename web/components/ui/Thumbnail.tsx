import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
import { contentOf } from "@/lib/python-backend/api/media";
import classes from "./Thumbnail.module.css";

/** An uploaded picture in a square of its own size, so that nothing moves when it arrives. */
export function Thumbnail({ id, alt, size }: { id: string; alt: string; size: number }) {
  const [gone, setGone] = useState(false);
  return (
    <span className={classes.frame} style={{ width: size, height: size }}>
      {gone ? (
        <IconPhotoOff size={size / 3} stroke={1.5} role="img" aria-label={alt} />
      ) : (
        // biome-ignore lint/performance/noImgElement: a static export optimises no images
        <img
          src={contentOf(id)}
          alt={alt}
          width={size}
          height={size}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setGone(true)}
        />
      )}
    </span>
  );
}
