import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { batched } from "@/lib/live/batched";
import { type Changed, type LiveState, openStream } from "@/lib/live/stream";
import type { Watcher } from "@/lib/live/watcher";
import { activityKeys } from "@/lib/python-backend/api/activity";
import { sessionKey } from "@/lib/python-backend/api/auth";
import { campaignKeys } from "@/lib/python-backend/api/campaigns";
import { notificationKeys } from "@/lib/python-backend/api/notifications";
import { postKeys } from "@/lib/python-backend/api/posts";
import { noteServerTime } from "@/lib/serverClock";

const POLL_EVERY = 15 * 60 * 1000;
const FEW = 25;
const SETTLE = 300;

/** Keeps what is shown true: by the stream, and by polling while there is none. */
export function useLive(watcher: Watcher): { live: LiveState; checkNow: () => void } {
  const queries = useQueryClient();
  const [live, setLive] = useState<LiveState>("connecting");

  const refresh = useEffectEvent(() => {
    void queries.invalidateQueries({ queryKey: postKeys.lists });
    void queries.invalidateQueries({ queryKey: campaignKeys.all });
    void queries.invalidateQueries({ queryKey: notificationKeys.all });
    void queries.invalidateQueries({ queryKey: activityKeys.all });
  });
  const poll = useEffectEvent(() => {
    watcher.poll().catch(() => undefined);
    refresh();
    // Somebody else may have paused the workspace: no stream tells that.
    void queries.invalidateQueries({ queryKey: sessionKey });
  });
  const changed = useEffectEvent((changes: Changed[]) => {
    const ids = [...new Set(changes.flatMap((one) => one.posts))];
    void (ids.length > FEW ? watcher.poll() : watcher.look(ids)).catch(() => undefined);
    refresh();
  });

  useEffect(() => {
    const collected = batched<Changed>(SETTLE, changed);
    const close = openStream("/api/v1/stream", {
      onState: setLive,
      onHello: (serverTime) => {
        noteServerTime(serverTime);
        poll();
      },
      onChanged: collected.add,
    });
    return () => {
      close();
      collected.cancel();
    };
  }, []);

  // Whatever the stream seems to be: one that died in silence looks alive.
  useEffect(() => {
    const again = () => poll();
    again();
    const timer = setInterval(again, POLL_EVERY);
    return () => clearInterval(timer);
  }, []);

  useEffect(() => {
    if (live === "live") return;
    const again = () => poll();
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, [live]);

  const checkNow = useCallback(() => {
    watcher.poll().catch(() => undefined);
    void queries.invalidateQueries();
  }, [watcher, queries]);

  return { live, checkNow };
}
