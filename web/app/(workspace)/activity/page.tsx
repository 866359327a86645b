import type { Metadata } from "next";
import { ActivityList } from "@/components/activity/ActivityList";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.activity"] };

export default function ActivityPage() {
  return (
    <Page title={en["nav.activity"]}>
      <ActivityList />
    </Page>
  );
}
