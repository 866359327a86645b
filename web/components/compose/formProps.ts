import type { Account, Platform, Post } from "@/lib/python-backend/types";
import type { ComposeState } from "./state";

/** What the form starts from; it is made anew for each post. */
export interface ComposeFormProps {
  draftKey: string;
  initial: ComposeState;
  savedAt: number | null;
  post: Post | null;
  accounts: Account[];
  platforms: Platform[];
}
