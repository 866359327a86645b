import type { Metadata } from "next";
import { CampaignList } from "@/components/campaigns/CampaignList";
import { NewCampaign } from "@/components/campaigns/NewCampaign";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.campaigns"] };

export default function CampaignsPage() {
  return (
    <Page title={en["nav.campaigns"]} aside={<NewCampaign />}>
      <CampaignList />
    </Page>
  );
}
