import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Account } from "../types";

export const accountsQuery = queryOptions({
  queryKey: ["accounts"] as const,
  queryFn: listAccounts,
  staleTime: 60_000,
});

async function listAccounts(): Promise<Account[]> {
  const { items } = await answer(api.GET("/api/v1/accounts"));
  return items;
}
