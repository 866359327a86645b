import type { Metadata } from "next";
import { SettingsForm } from "@/components/settings/SettingsForm";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.settings"] };

export default function SettingsPage() {
  return (
    <Page title={en["nav.settings"]} width="narrow">
      <SettingsForm />
    </Page>
  );
}
