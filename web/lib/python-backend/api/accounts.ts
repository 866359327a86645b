import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Account, Pause } from "../types";

export const accountKeys = { all: ["accounts"] as const };

export const accountsQuery = queryOptions({
  queryKey: accountKeys.all,
  queryFn: listAccounts,
  staleTime: 60_000,
});

async function listAccounts(): Promise<Account[]> {
  const { items } = await answer(api.GET("/api/v1/accounts"));
  return items;
}

const at = (id: string) => ({ params: { path: { account_id: id } } });

export function pauseAccount(id: string): Promise<Pause> {
  return answer(api.POST("/api/v1/accounts/{account_id}/pause", at(id)));
}

export function resumeAccount(id: string): Promise<Pause> {
  return answer(api.POST("/api/v1/accounts/{account_id}/resume", at(id)));
}

/** Removes an account and forgets its secrets; its history stays. */
export function removeAccount(id: string): Promise<unknown> {
  return answer(api.DELETE("/api/v1/accounts/{account_id}", at(id)));
}
