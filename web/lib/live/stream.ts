export type LiveState = "connecting" | "live" | "down";

export interface Changed {
  posts: string[];
  notifications: boolean;
}

interface StreamHandlers {
  onState(state: LiveState): void;
  onHello(serverTime: string): void;
  onChanged(changed: Changed): void;
}

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/** Listens to the server's stream until the returned function is called; reconnects by itself. */
export function openStream(url: string, handlers: StreamHandlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE;

  const reopenLater = () => {
    source?.close();
    timer = setTimeout(open, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };

  function open() {
    source = new EventSource(url);
    source.addEventListener("hello", (event) => {
      pause = FIRST_PAUSE;
      handlers.onState("live");
      handlers.onHello(JSON.parse(event.data).server_time);
    });
    source.addEventListener("changed", (event) => {
      const { posts = [], notifications = false } = JSON.parse(event.data);
      handlers.onChanged({ posts, notifications });
    });
    source.addEventListener("error", () => {
      handlers.onState("down");
      reopenLater();
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
