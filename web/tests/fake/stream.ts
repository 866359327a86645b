/** An EventSource that says only what a test lets it say. */
export class SilentStream extends EventTarget {
  static opened: SilentStream[] = [];
  closed = false;

  constructor(readonly url: string) {
    super();
    SilentStream.opened.push(this);
  }

  say(event: "hello" | "changed", data: unknown) {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }

  fail() {
    this.dispatchEvent(new Event("error"));
  }

  close() {
    this.closed = true;
  }
}
