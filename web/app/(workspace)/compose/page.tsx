import type { Metadata } from "next";
import { Composer } from "@/components/compose/Composer";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["compose.title"] };

export default function ComposePage() {
  return (
    <Page title={en["compose.title"]} width="narrow">
      <Composer />
    </Page>
  );
}
