import type { Metadata } from "next";
import { SignInForm } from "@/components/entry/SignInForm";
import en from "@/lib/i18n/en.json";

export const metadata: Metadata = { title: en["signIn.title"] };

export default function SignInPage() {
  return <SignInForm />;
}
