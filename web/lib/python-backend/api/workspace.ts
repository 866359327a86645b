import { answer, api } from "../client";
import type { Pause, Workspace, WorkspaceWish } from "../types";

/** The workspace itself arrives with the session; this only changes it. */
export function updateWorkspace(body: WorkspaceWish): Promise<Workspace> {
  return answer(api.PUT("/api/v1/workspace", { body }));
}

export function pauseWorkspace(): Promise<Pause> {
  return answer(api.POST("/api/v1/workspace/pause"));
}

export function resumeWorkspace(): Promise<Pause> {
  return answer(api.POST("/api/v1/workspace/resume"));
}
