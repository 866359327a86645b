import type { Metadata } from "next";
import { SystemView } from "@/components/system/SystemView";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.system"] };

export default function SystemPage() {
  return (
    <Page title={en["nav.system"]} width="narrow">
      <SystemView />
    </Page>
  );
}
