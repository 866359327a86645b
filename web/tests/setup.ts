import "@testing-library/jest-dom/vitest";
import { notifications } from "@mantine/notifications";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { server } from "./server";

class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/** What jsdom leaves out and the kit asks for. */
function completeDom() {
  Object.assign(globalThis, { ResizeObserver: NoObserver, IntersectionObserver: NoObserver });
  Object.assign(Element.prototype, { scrollIntoView() {} });
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
  window.matchMedia = (query) =>
    Object.assign(new EventTarget(), {
      matches: false,
      media: query,
      onchange: null,
      addListener() {},
      removeListener() {},
    });
}

if (typeof window !== "undefined") completeDom();
// What a test waits for comes late on a busy machine.
configure({ asyncUtilTimeout: 8000 });
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => {
  cleanup();
  notifications.clean();
  server.resetHandlers();
  if (typeof localStorage !== "undefined") localStorage.clear();
});
afterAll(() => server.close());
