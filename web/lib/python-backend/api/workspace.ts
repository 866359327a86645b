import { answer, api } from "../client";
import type { Workspace, WorkspaceWish } from "../types";

/** The workspace itself arrives with the session; this only changes it. */
export function updateWorkspace(body: WorkspaceWish): Promise<Workspace> {
  return answer(api.PUT("/api/v1/workspace", { body }));
}
