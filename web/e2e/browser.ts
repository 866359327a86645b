import { existsSync } from "node:fs";

const USUAL = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A Chromium to test in: the named one, the system's, or the one that comes from npm. */
export async function findChromium(): Promise<string> {
  const named = process.env.POSTCLOCK_CHROMIUM;
  if (named) return named;
  const installed = USUAL.find((path) => existsSync(path));
  if (installed) return installed;
  const { default: bundled } = await import("@sparticuz/chromium");
  return bundled.executablePath();
}
