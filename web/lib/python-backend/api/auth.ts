import { queryOptions } from "@tanstack/react-query";
import { noteServerTime } from "../../serverClock";
import { answer, api } from "../client";
import type { Credentials, FirstOwner, Session, User } from "../types";

export const sessionKey = ["session"] as const;

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: () => entered(answer(api.GET("/api/v1/auth/session"))),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const firstOwnerQuery = queryOptions({
  queryKey: ["first-owner"] as const,
  queryFn: () => answer(api.GET("/api/v1/auth/first-owner")),
});

export function createFirstOwner(body: FirstOwner): Promise<Session> {
  return entered(answer(api.POST("/api/v1/auth/first-owner", { body })));
}

export function signIn(body: Credentials): Promise<Session> {
  return entered(answer(api.POST("/api/v1/auth/sign-in", { body })));
}

export async function signOut(): Promise<void> {
  await answer(api.POST("/api/v1/auth/sign-out"));
}

/** Says whether the person who is signed in wants to be mailed what needs them. */
export function wantMail(mail: boolean): Promise<User> {
  return answer(api.PUT("/api/v1/auth/notices", { body: { mail } }));
}

async function entered(call: Promise<Session>): Promise<Session> {
  const session = await call;
  noteServerTime(session.server_time);
  return session;
}
