import { findChromium } from "./browser";
import { startServer } from "./server";

/** Runs once before all tests; what it returns runs once after them. */
export default async function start(): Promise<() => Promise<void>> {
  process.env.POSTCLOCK_CHROMIUM = await findChromium();
  const server = await startServer();
  process.env.POSTCLOCK_E2E_URL = server.url;
  process.env.POSTCLOCK_E2E_WELCOME = server.welcome;
  process.env.POSTCLOCK_E2E_DATA = server.data;
  return server.stop;
}
