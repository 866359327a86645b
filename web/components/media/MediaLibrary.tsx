"use client";

import { Button, FileButton } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Sheet } from "@/components/ui/Page";
import { UploadRow } from "@/components/uploads/UploadRow";
import { useUploads } from "@/components/uploads/useUploads";
import { useWords } from "@/hooks/useWords";
import { sizeOf } from "@/lib/posts/size";
import { mediaKeys, mediaUsageQuery } from "@/lib/python-backend/api/media";
import type { Media } from "@/lib/python-backend/types";
import { MediaGrid } from "./MediaGrid";
import classes from "./MediaGrid.module.css";
import { MediaModal } from "./MediaModal";

/** Everything that was uploaded: to look at, describe and clear away. */
export function MediaLibrary() {
  const words = useWords();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Media | null>(null);
  const { data: usage } = useQuery(mediaUsageQuery);
  const uploads = useUploads(() => {
    void queries.invalidateQueries({ queryKey: mediaKeys.lists });
    void queries.invalidateQueries({ queryKey: mediaKeys.usage });
  });
  return (
    <Sheet>
      <div className={classes.bar}>
        <span className={classes.facts}>
          {usage ? words("media.usage", { files: usage.files, size: sizeOf(usage.bytes) }) : " "}
        </span>
        <FileButton multiple accept="image/*,video/*" onChange={uploads.add}>
          {(props) => (
            <Button {...props} size="compact-sm" leftSection={<IconUpload size={15} aria-hidden />}>
              {words("media.upload")}
            </Button>
          )}
        </FileButton>
      </div>
      {uploads.list.length > 0 && (
        <ul className={classes.uploads}>
          {uploads.list.map((upload) => (
            <UploadRow key={upload.key} upload={upload} uploads={uploads} />
          ))}
        </ul>
      )}
      <MediaGrid label={({ name }) => words("media.open", { name })} onOpen={setOpen} />
      {open && <MediaModal file={open} onClose={() => setOpen(null)} />}
    </Sheet>
  );
}
