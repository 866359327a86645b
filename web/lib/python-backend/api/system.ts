import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { System } from "../types";

const MINUTE = 60_000;

export const systemQuery = queryOptions({
  queryKey: ["system"] as const,
  queryFn: (): Promise<System> => answer(api.GET("/api/v1/system")),
  refetchInterval: MINUTE,
});

/** Whether posts leave: a node listens where one is expected, and due work moves. */
export function publishes(system: Pick<System, "scheduler" | "nodes_listening" | "due">): boolean {
  const listens = system.nodes_listening > 0 || system.scheduler !== "exact";
  return listens && system.due.moves;
}
