import { defineConfig } from "@playwright/test";

const OWNER = "test-results/owner.json";

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/e2e",
  globalSetup: "./e2e/start.ts",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"], ["junit", { outputFile: "test-results/e2e.xml" }]],
  use: {
    baseURL: process.env.POSTCLOCK_E2E_URL,
    timezoneId: zoneByDay(),
    locale: "en-GB",
    viewport: { width: 1280, height: 860 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.POSTCLOCK_CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "first owner", testMatch: "first-owner.spec.ts" },
    {
      name: "owner",
      testIgnore: "first-owner.spec.ts",
      dependencies: ["first owner"],
      use: { storageState: OWNER },
    },
  ],
});

/** A zone where it is day now, so that "in a few seconds" is never tomorrow. */
function zoneByDay(): string {
  const hour = new Date().getUTCHours();
  if (hour >= 5 && hour < 19) return "Europe/Berlin";
  return hour < 5 ? "Asia/Tokyo" : "America/Los_Angeles";
}
