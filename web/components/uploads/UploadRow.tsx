import { ActionIcon, Button, Progress } from "@mantine/core";
import { IconMovie, IconPhoto, IconPhotoX, IconX } from "@tabler/icons-react";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { sizeOf } from "@/lib/posts/size";
import classes from "./UploadRow.module.css";
import type { Upload, Uploads } from "./useUploads";

/** A file on its way: how far it is, or why it did not arrive. */
export function UploadRow({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const words = useWords();
  const reason = useReason();
  const { key, file, progress, error } = upload;
  const failed = error !== null;
  const Icon = failed ? IconPhotoX : file.type.startsWith("video/") ? IconMovie : IconPhoto;
  return (
    <li className={classes.row}>
      <span className={classes.place} data-failed={failed} aria-hidden>
        <Icon size={22} stroke={1.5} />
      </span>
      <div className={classes.words}>
        <strong>{file.name}</strong>
        {failed ? (
          <p role="alert" className={classes.reason}>
            {reason(error)}
          </p>
        ) : (
          <>
            <Progress
              value={progress * 100}
              size="sm"
              color="gray"
              aria-label={words("pictures.uploading", { name: file.name })}
            />
            <span className={classes.far}>
              {progress < 1
                ? words("pictures.sent", {
                    sent: sizeOf(Math.round(file.size * progress)),
                    size: sizeOf(file.size),
                  })
                : words("pictures.looking")}
            </span>
          </>
        )}
        {failed && (
          <Button size="compact-xs" variant="default" onClick={() => uploads.again(upload)}>
            {words("action.tryAgain")}
          </Button>
        )}
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={words(failed ? "pictures.drop" : "pictures.stop", { name: file.name })}
        onClick={() => uploads.drop(key)}
      >
        <IconX size={15} aria-hidden />
      </ActionIcon>
    </li>
  );
}
