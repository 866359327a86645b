import type { MessageId, Words } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import type { Delivery } from "@/lib/python-backend/types";
import { lateness } from "@/lib/time/format";
import { needsLogin } from "./advice";

const STATES: Record<string, MessageId> = {
  staging: "delivery.staging",
  staged: "delivery.staged",
  claimed: "delivery.claimed",
  sending: "delivery.sending",
  unknown: "delivery.unknown",
  published: "delivery.published",
  failed: "delivery.failed",
  missed: "delivery.missed",
  unconfirmed: "delivery.unconfirmed",
  canceled: "delivery.canceled",
};

/** A delivery's state in words. */
export function stateWords(delivery: Delivery, words: Words): string {
  const { state, late_ms: late, platform } = delivery;
  if (state === "published" && late != null) {
    return words("delivery.sent", { late: lateness(late) });
  }
  if (state === "held") return words(needsLogin(delivery) ? "delivery.held" : "delivery.paused");
  if (state === "missed" && delivery.error?.code === "skipped") return words("delivery.skipped");
  if (state === "scheduled" && delivery.error) return words("delivery.waiting");
  return words(STATES[state] ?? "delivery.scheduled", { label: labelOf(platform) });
}

/** Whether it was given back at its moment: the account may publish no more for now. */
export function waitsForRoom({ error }: Delivery): boolean {
  return error?.code === "quota_wait";
}
