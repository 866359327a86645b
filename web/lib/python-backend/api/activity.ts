import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Activity } from "../types";

interface ActivityPage {
  items: Activity[];
  next_cursor?: string | null;
}

export const activityKeys = { all: ["activity"] as const };

export const activityQuery = infiniteQueryOptions({
  queryKey: activityKeys.all,
  queryFn: ({ pageParam }): Promise<ActivityPage> => listActivity(pageParam),
  initialPageParam: null as string | null,
  getNextPageParam: (page: ActivityPage) => page.next_cursor ?? null,
});

function listActivity(cursor: string | null): Promise<ActivityPage> {
  const query = { limit: 50, ...(cursor && { cursor }) };
  return answer(api.GET("/api/v1/activity", { params: { query } }));
}
