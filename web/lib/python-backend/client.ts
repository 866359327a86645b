import createClient from "openapi-fetch";
import { ApiProblem, isRecord } from "./problem";
import type { paths } from "./schema";

/** The API of the server that served this page. */
export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  fetch: (request) => globalThis.fetch(request),
});

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered; raises ApiProblem for a refusal and for silence. */
export async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw ApiProblem.unreachable();
  });
  if (!response.ok) throw new ApiProblem(response.status, isRecord(error) ? error : {});
  return data as T;
}
