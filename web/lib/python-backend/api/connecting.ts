import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { AppKeys, Visit } from "../types";

/** How an account shall be connected. */
export interface Wish {
  platform: string;
  way: string;
  server?: string;
  sandbox: boolean;
  /** The account to connect again. */
  accountId?: string;
}

export const visitKeys = { one: (id: string) => ["visits", id] as const };
export const appKeysKeys = { all: ["app-keys"] as const };

/** Asks for the page where the person gives consent. */
export async function startVisit({ platform, ...wish }: Wish): Promise<string> {
  const started = await answer(
    api.POST("/api/v1/oauth/{platform}/start", { params: { path: { platform } }, body: wish }),
  );
  return started.authorize_url;
}

/** Connects by what was typed. */
export function connectTyped(wish: Wish, fields: Record<string, string>): Promise<Visit> {
  return answer(api.POST("/api/v1/accounts/connect", { body: { ...wish, fields } }));
}

export const visitQuery = (id: string) =>
  queryOptions({ queryKey: visitKeys.one(id), queryFn: () => readVisit(id), retry: false });

function readVisit(id: string): Promise<Visit> {
  const at = { params: { path: { visit_id: id } } };
  return answer(api.GET("/api/v1/oauth/visits/{visit_id}", at));
}

export function connectProfiles(id: string, profiles: string[]): Promise<Visit> {
  const at = { params: { path: { visit_id: id } } };
  return answer(api.POST("/api/v1/oauth/visits/{visit_id}/connect", { ...at, body: { profiles } }));
}

export const appKeysQuery = queryOptions({ queryKey: appKeysKeys.all, queryFn: listAppKeys });

async function listAppKeys(): Promise<AppKeys[]> {
  const { items } = await answer(api.GET("/api/v1/app-keys"));
  return items;
}

const keysAt = (keys: string) => ({ params: { path: { keys } } });

export function saveAppKeys(keys: string, clientId: string, clientSecret: string) {
  const body = { clientId, clientSecret };
  return answer(api.PUT("/api/v1/app-keys/{keys}", { ...keysAt(keys), body }));
}

export function forgetAppKeys(keys: string) {
  return answer(api.DELETE("/api/v1/app-keys/{keys}", keysAt(keys)));
}
