import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Campaign, Pause } from "../types";

export const campaignKeys = { all: ["campaigns"] as const };

export const campaignsQuery = queryOptions({
  queryKey: campaignKeys.all,
  queryFn: listCampaigns,
});

async function listCampaigns(): Promise<Campaign[]> {
  const { items } = await answer(api.GET("/api/v1/campaigns"));
  return items;
}

const at = (id: string) => ({ params: { path: { campaign_id: id } } });

export function createCampaign(name: string): Promise<Campaign> {
  return answer(api.POST("/api/v1/campaigns", { body: { name } }));
}

export function renameCampaign(id: string, name: string): Promise<Campaign> {
  return answer(api.PUT("/api/v1/campaigns/{campaign_id}", { ...at(id), body: { name } }));
}

export async function deleteCampaign(id: string): Promise<void> {
  await answer(api.DELETE("/api/v1/campaigns/{campaign_id}", at(id)));
}

export function pauseCampaign(id: string): Promise<Pause> {
  return answer(api.POST("/api/v1/campaigns/{campaign_id}/pause", at(id)));
}

export function resumeCampaign(id: string): Promise<Pause> {
  return answer(api.POST("/api/v1/campaigns/{campaign_id}/resume", at(id)));
}
