import { test as base, expect, type Page } from "@playwright/test";

/** Every test fails on an error in the console: a violated policy, a crash, a bad script. */
export const test = base.extend<{ console: string[] }>({
  console: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        const isAnswer = message.text().startsWith("Failed to load resource");
        if (message.type() === "error" && !isAnswer) errors.push(message.text());
      });
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export interface LedgerEntry {
  id: string;
  platform: string;
  account: string;
  text: string;
  media: { alt: string }[];
  received_at: string;
}

/** What the pretend platforms hold, by its text. */
export async function ledger(page: Page, text: string): Promise<LedgerEntry[]> {
  return (await wholeLedger(page)).filter((entry) => entry.text === text);
}

/** Everything the pretend platforms hold. */
export async function wholeLedger(page: Page): Promise<LedgerEntry[]> {
  const answer = await page.request.get("/sandbox/ledger");
  return answer.json();
}

/** Calls the API as the page would: same origin, with its cookie. */
export async function call<T>(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  return page.evaluate(
    async ([verb, address, sent]) => {
      const answer = await fetch(`/api/v1${address}`, {
        method: verb,
        headers: { "Content-Type": "application/json" },
        body: sent,
      });
      if (!answer.ok)
        throw new Error(`${verb} ${address}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
  );
}

export function twitterPost(text: string, more: Record<string, unknown> = {}) {
  return {
    platforms: ["twitter"],
    content: { twitter: { text } },
    status: "ready_to_publish",
    ...more,
  };
}

export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

export const cardOf = (page: Page, text: string) =>
  page.getByRole("article").filter({ hasText: text });

/** Types a time of day: each full field passes the cursor on. */
export async function typeTime(page: Page, time: string): Promise<void> {
  await page.getByRole("spinbutton", { name: "Hours" }).click();
  await page.keyboard.type(time.replaceAll(":", ""));
}
