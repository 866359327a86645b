import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Platform } from "../types";

export const platformsQuery = queryOptions({
  queryKey: ["platforms"] as const,
  queryFn: listPlatforms,
  staleTime: Number.POSITIVE_INFINITY,
});

async function listPlatforms(): Promise<Platform[]> {
  const { items } = await answer(api.GET("/api/v1/platforms"));
  return items;
}
