import type { Metadata } from "next";
import { MediaLibrary } from "@/components/media/MediaLibrary";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.media"] };

export default function MediaPage() {
  return (
    <Page title={en["nav.media"]}>
      <MediaLibrary />
    </Page>
  );
}
