import type { Metadata } from "next";
import { AccountList } from "@/components/accounts/AccountList";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.accounts"] };

export default function AccountsPage() {
  return (
    <Page title={en["nav.accounts"]} width="narrow">
      <AccountList />
    </Page>
  );
}
