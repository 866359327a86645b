import { useCallback } from "react";
import { useIntl } from "react-intl";
import type en from "@/lib/i18n/en.json";

export type MessageId = keyof typeof en;
type Values = Record<string, string | number>;
export type Words = (id: MessageId, values?: Values) => string;

/** The catalogue's sentence for an id; every word on the screen comes from here. */
export function useWords(): Words {
  const intl = useIntl();
  return useCallback((id, values) => intl.formatMessage({ id }, values), [intl]);
}
