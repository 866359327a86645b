import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export default function NotFoundPage() {
  return (
    <main style={{ padding: "20vh 16px" }}>
      <Page title={en["notFound.title"]} width="narrow">
        <a href="/posts/">{en["notFound.home"]}</a>
      </Page>
    </main>
  );
}
