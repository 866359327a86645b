"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { LiveState } from "@/lib/live/stream";
import type { Session } from "@/lib/python-backend/types";
import { useLive } from "./useLive";
import { type PostActions, usePostActions } from "./usePostActions";
import { usePostWatcher } from "./usePostWatcher";

interface Dashboard {
  session: Session;
  /** The zone that every time is shown and entered in. */
  zone: string;
  live: LiveState;
  /** Looks at everything again without waiting for the stream. */
  checkNow: () => void;
  actions: PostActions;
}

const Context = createContext<Dashboard | null>(null);

export function useDashboard(): Dashboard {
  const dashboard = useContext(Context);
  if (!dashboard) throw new Error("useDashboard is used outside DashboardProvider");
  return dashboard;
}

interface Props {
  session: Session;
  children: ReactNode;
}

/** The signed-in person's session, live state and actions; server data itself is in the cache. */
export function DashboardProvider({ session, children }: Props) {
  const watcher = usePostWatcher();
  const { live, checkNow } = useLive(watcher);
  const actions = usePostActions(watcher);
  const zone = session.workspace.time_zone;
  const dashboard = useMemo(
    () => ({ session, zone, live, checkNow, actions }),
    [session, zone, live, checkNow, actions],
  );
  return <Context value={dashboard}>{children}</Context>;
}
