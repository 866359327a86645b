import type { Metadata } from "next";
import { Settings } from "@/components/settings/Settings";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.settings"] };

export default function SettingsPage() {
  return (
    <Page title={en["nav.settings"]} width="narrow">
      <Settings />
    </Page>
  );
}
