import type { Metadata } from "next";
import { PostsView } from "@/components/history/PostsView";
import { Page } from "@/components/ui/Page";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["nav.posts"] };

export default function PostsPage() {
  return (
    <Page title={en["nav.posts"]}>
      <PostsView />
    </Page>
  );
}
