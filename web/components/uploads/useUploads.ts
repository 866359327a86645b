import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { mediaKeys } from "@/lib/python-backend/api/media";
import { LEFT, uploadMedia } from "@/lib/python-backend/api/uploads";
import { isCode } from "@/lib/python-backend/problem";

export interface Upload {
  key: string;
  file: File;
  /** How much has left, from 0 to 1. */
  progress: number;
  error: unknown;
}

export interface Uploads {
  list: readonly Upload[];
  busy: boolean;
  add: (files: Iterable<File>) => void;
  /** Stops one, or takes a failed one away. */
  drop: (key: string) => void;
  again: (upload: Upload) => void;
}

/** Uploads files one after the other, so that they arrive in the order they were chosen. */
export function useUploads(onDone: (id: string) => void): Uploads {
  const queries = useQueryClient();
  const [list, setList] = useState<Upload[]>([]);
  const line = useRef(Promise.resolve());
  const stops = useRef(new Map<string, AbortController>());

  // What is on its way has nowhere to go once the page is left; large files go on another time.
  useEffect(() => {
    const running = stops.current;
    return () => {
      for (const stop of running.values()) stop.abort(LEFT);
    };
  }, []);

  const change = (key: string, part: Partial<Upload>) =>
    setList((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const drop = (key: string) => {
    stops.current.get(key)?.abort();
    setList((all) => all.filter((one) => one.key !== key));
  };

  const send = async ({ key, file }: Upload, stop: AbortController) => {
    if (stop.signal.aborted) return;
    try {
      const report = (progress: number) => change(key, { progress });
      const stored = await uploadMedia(file, report, stop.signal);
      queries.setQueryData(mediaKeys.one(stored.id), stored);
      if (!stop.signal.aborted) onDone(stored.id);
      drop(key);
    } catch (error) {
      change(key, { error });
    } finally {
      stops.current.delete(key);
    }
  };

  const start = (upload: Upload) => {
    const stop = new AbortController();
    stops.current.set(upload.key, stop);
    line.current = line.current.then(() => send(upload, stop));
  };

  const add = (files: Iterable<File>) => {
    const added = [...files].map((file) => ({ key: nextKey(), file, progress: 0, error: null }));
    setList((all) => [...all, ...added]);
    added.forEach(start);
  };

  const again = (upload: Upload) => {
    change(upload.key, { progress: 0, error: null });
    start(upload);
  };

  const goOn = useEffectEvent(() => {
    list.filter(({ error }) => isCode(error, "unreachable")).forEach(again);
  });
  useEffect(() => {
    window.addEventListener("online", goOn);
    return () => window.removeEventListener("online", goOn);
  }, []);

  return { list, busy: list.some(({ error }) => error === null), add, drop, again };
}

let made = 0;

function nextKey(): string {
  made += 1;
  return `upload-${made}`;
}
