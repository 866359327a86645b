import { isCode, isRecord } from "../python-backend/problem";
import type { Quota } from "../python-backend/types";

/** From how much of a limit on it is worth a word. */
const SCARCE = 0.1;
const FEW = 3;

/** The quotas with so little room that an author should know. */
export function scarce(quotas: readonly Quota[]): Quota[] {
  return quotas.filter(({ left, limit }) => left <= Math.max(FEW, limit * SCARCE));
}

/** The first moment at which every one of them has room; null when that is not known. */
export function freeFor(quotas: readonly Quota[]): string | null {
  const moments = quotas.map((one) => one.next_free_at);
  if (moments.length === 0 || moments.includes(null)) return null;
  return moments.reduce((latest, one) =>
    Date.parse(one ?? "") > Date.parse(latest ?? "") ? one : latest,
  );
}

/** The quotas that a refusal tells; none for any other refusal. */
export function refusedQuotas(error: unknown): Quota[] {
  if (!isCode(error, "quota_exceeded") || !Array.isArray(error.extra.quotas)) return [];
  return error.extra.quotas.filter(isQuota);
}

function isQuota(value: unknown): value is Quota {
  return isRecord(value) && typeof value.left === "number" && typeof value.limit === "number";
}
