import {
  parseAsArrayOf,
  parseAsBoolean,
  parseAsString,
  parseAsStringLiteral,
  useQueryStates,
} from "nuqs";
import { STATUSES } from "@/components/ui/StatusChip";

/** The list's view, which lives in the address: a link or a reload shows the same. */
export function usePostFilter() {
  return useQueryStates({
    status: parseAsArrayOf(parseAsStringLiteral(STATUSES)).withDefault([]),
    platform: parseAsString,
    campaign: parseAsString,
    search: parseAsString.withDefault(""),
    /** Asks to put the cursor into the search field. */
    find: parseAsBoolean.withDefault(false),
  });
}
