import type { Page } from "@playwright/test";
import { sql } from "./database";
import { call, cardOf, expect, inSeconds, ledger, test, twitterPost } from "./test";

const scheduled = (text: string, seconds: number) =>
  twitterPost(text, { status: "scheduled", scheduled_at: inSeconds(seconds) });

/** Puts a post's deliveries into a state that would take a node long to reach. */
async function move(page: Page, text: string, state: "missed" | "unconfirmed") {
  const { id } = await call<{ id: string }>(page, "POST", "/posts", scheduled(text, 3600));
  await sql(`
    UPDATE deliveries SET state = '${state}', wake_at = NULL, looks = 4, doubted_at = now(),
           error_code = 'not_seen', error_message = 'X does not show it.'
     WHERE post_id = '${id}'`);
  await sql(`SELECT postclock_derive_posts(ARRAY['${id}']::uuid[], now())`);
  await page.reload();
}

test("what is due while its account is paused waits, and goes out when it is resumed", async ({
  page,
}) => {
  const text = "Patience at the quay.";
  await page.goto("/accounts/");
  const account = page.getByRole("listitem").filter({ hasText: "X, connected" });
  await account.getByRole("button", { name: /^Pause/ }).click();
  await expect(account.getByText(/Paused since/)).toBeVisible();
  await call(page, "POST", "/posts", scheduled(text, 2));
  await page.goto("/posts/");
  const card = cardOf(page, text);
  await expect(card.getByText("On hold: paused")).toBeVisible({ timeout: 20_000 });
  expect(await ledger(page, text)).toEqual([]);
  await page.goto("/accounts/");
  await account.getByRole("button", { name: /^Resume/ }).click();
  await expect(account.getByText(/Paused since/)).toBeHidden();
  await page.goto("/posts/");
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 20_000 });
  expect(await ledger(page, text)).toHaveLength(1);
});

test("a paused workspace says so on every page, and how to go on", async ({ page }) => {
  await page.goto("/settings/");
  await page
    .getByRole("main")
    .getByRole("button", { name: /^Pause / })
    .click();
  const banner = page.getByRole("region", { name: "Workspace paused" });
  await expect(banner).toBeVisible();
  await page.goto("/activity/");
  await banner.getByRole("button", { name: /^Resume/ }).click();
  await expect(banner).toBeHidden();
});

test("a campaign keeps posts together and leads to them", async ({ page }) => {
  await page.goto("/campaigns/");
  await page.getByRole("button", { name: "New campaign" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Regatta");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Regatta" });
  await expect(row).toBeVisible();

  await page.goto("/compose/");
  await page.getByRole("textbox", { name: "Text for all platforms" }).fill("The regatta starts.");
  await page.getByRole("combobox", { name: "Campaign" }).click();
  await page.getByRole("option", { name: "Regatta" }).click();
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(page).toHaveURL(/post=/);
  await page.goto("/campaigns/");
  await expect(row.getByText("0 of 1 published")).toBeVisible();
  await row.getByRole("link", { name: "Regatta" }).click();
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(cardOf(page, "The regatta starts.")).toBeVisible();
});

test("a missed post is published in one click", async ({ page }) => {
  const text = "The ferry that was missed.";
  await page.goto("/posts/");
  await move(page, text, "missed");
  const card = cardOf(page, text);
  await expect(card.getByText("This post missed its moment.")).toBeVisible();
  await card.getByRole("button", { name: "Choose another moment" }).click();
  await expect(page.getByRole("dialog", { name: "Schedule" })).toBeVisible();
  await page.keyboard.press("Escape");
  await card.getByRole("button", { name: "Publish now" }).click();
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 });
  expect(await ledger(page, text)).toHaveLength(1);
});

test("an unconfirmed post shows its evidence, and a person settles it", async ({ page }) => {
  const text = "Lost in the fog.";
  await page.goto("/posts/");
  await move(page, text, "unconfirmed");
  const panel = cardOf(page, text).getByRole("region", { name: /Nobody can say/ });
  await expect(panel.getByText(/Looked for it 4 times/)).toBeVisible();
  await expect(panel.getByText(/X does not show it/)).toBeVisible();
  await panel.getByRole("button", { name: "It is there" }).click();
  await panel.getByRole("textbox", { name: "Link to the post" }).fill("https://example.org/");
  await panel.getByRole("button", { name: "Mark as published" }).click();
  await expect(panel.getByText(/not the address of a post/)).toBeVisible();
  const link = `${new URL(page.url()).origin}/sandbox/#twitter-1860000000000000001`;
  await panel.getByRole("textbox", { name: "Link to the post" }).fill(link);
  await panel.getByRole("button", { name: "Mark as published" }).click();
  await expect(cardOf(page, text).getByText("Published", { exact: true })).toBeVisible();

  const again = "Not in the fog at all.";
  await move(page, again, "unconfirmed");
  const card = cardOf(page, again);
  await card.getByRole("button", { name: "Leave it" }).click();
  await expect(card.getByText(/^Left as it is/)).toBeVisible();
  await card.getByRole("button", { name: "It is not there: send again" }).click();
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 });
  expect(await ledger(page, again)).toHaveLength(1);
});

test("a notification leads to its post", async ({ page }) => {
  const text = "News for the bell.";
  await page.goto("/posts/");
  await call(page, "POST", "/posts", scheduled(text, 1));
  await expect(cardOf(page, text).getByText("Published", { exact: true })).toBeVisible({
    timeout: 20_000,
  });
  await page.getByRole("button", { name: /^Notifications/ }).click();
  await page.getByRole("dialog", { name: "Notifications" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/posts\/\?post=/);
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(cardOf(page, text)).toBeVisible();
  await page.getByRole("link", { name: "All posts" }).click();
  await expect(page.getByRole("article").nth(1)).toBeVisible();
});
