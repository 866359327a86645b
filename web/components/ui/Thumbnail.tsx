import { IconPhotoOff, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useState } from "react";
import { contentOf, posterOf } from "@/lib/python-backend/api/media";
import classes from "./Thumbnail.module.css";

interface Props {
  id: string;
  alt: string;
  /** In pixels; left out: as wide as its place. */
  size?: number;
  /** Whether it is known to be a video, whose still picture is shown. */
  video?: boolean;
}

type Shown = "content" | "poster" | "nothing";

/** An uploaded file in a square of its own size, so that nothing moves when it arrives. */
export function Thumbnail({ id, alt, size, video = false }: Props) {
  const [fallen, setFallen] = useState<Shown | null>(null);
  const shown = fallen ?? (video ? "poster" : "content");
  return (
    <span
      className={classes.frame}
      style={size ? { width: size, height: size } : { width: "100%", aspectRatio: 1 }}
    >
      {shown === "nothing" ? (
        <IconPhotoOff size={(size ?? 90) / 3} stroke={1.5} role="img" aria-label={alt} />
      ) : (
        // biome-ignore lint/performance/noImgElement: a static export optimises no images
        <img
          src={shown === "poster" ? posterOf(id) : contentOf(id)}
          alt={alt}
          width={size}
          height={size}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setFallen(shown === "content" ? "poster" : "nothing")}
        />
      )}
      {shown === "poster" && (
        <span className={classes.play} aria-hidden>
          <IconPlayerPlayFilled size={14} />
        </span>
      )}
    </span>
  );
}
