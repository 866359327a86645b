import type { Metadata } from "next";
import { Welcome } from "@/components/entry/Welcome";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["welcome.title"] };

export default function FirstStartPage() {
  return <Welcome />;
}
