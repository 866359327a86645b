import AxeBuilder from "@axe-core/playwright";
import { drawn } from "./files";
import { cardOf, expect, ledger, test, typeTime } from "./test";

test("a post with pictures goes out at its second, with them and their alt texts", async ({
  page,
}) => {
  const text = "Two boats before breakfast.";
  await page.goto("/compose/");
  await page.getByRole("textbox", { name: "Text for all platforms" }).fill(text);
  await page
    .locator("input[type=file]")
    .setInputFiles([await drawn(page, "red.png", "#a33"), await drawn(page, "blue.png", "#33a")]);
  await page.getByRole("textbox", { name: "Alt text of picture 1" }).fill("A red boat");
  await page.getByRole("textbox", { name: "Alt text of picture 2" }).fill("A blue boat");
  await page.getByRole("button", { name: "Move picture 2 up" }).click();
  const thumbnail = page.getByRole("img", { name: "A blue boat" });
  await expect
    .poll(() => thumbnail.evaluate((one: HTMLImageElement) => one.naturalWidth))
    .toBe(320);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);

  await page.getByRole("button", { name: "In 5 minutes" }).click();
  const due = new Date(Math.ceil(Date.now() / 1000) * 1000 + 9000);
  const time = await page.evaluate(
    (at) => new Date(at).toLocaleTimeString("en-GB", { hour12: false }),
    due.getTime(),
  );
  await typeTime(page, time);
  await page.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(page).toHaveURL(/\/posts\//);
  const card = cardOf(page, text);
  await expect(card.getByRole("img", { name: "A red boat" })).toBeVisible();
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 30_000 });

  const entries = await ledger(page, text);
  expect(entries.map((entry) => entry.platform).sort()).toEqual(["bluesky", "mastodon", "twitter"]);
  for (const { media, received_at: received } of entries) {
    expect(media.map(({ alt }) => alt)).toEqual(["A blue boat", "A red boat"]);
    const late = Date.parse(received) - due.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2000);
  }
});

test("a file that is no picture is refused in words, and the others stay", async ({ page }) => {
  await page.goto("/compose/");
  const notes = { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
  await page
    .locator("input[type=file]")
    .setInputFiles([notes, await drawn(page, "green.png", "#3a3")]);
  await expect(page.getByText(/takes JPEG, PNG, GIF, WebP and HEIC pictures/)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Alt text of picture 1" })).toBeVisible();
  await page.getByRole("button", { name: "Take notes.png away" }).click();
  await page.getByRole("button", { name: "Remove picture 1" }).click();
  await expect(page.getByRole("textbox", { name: /Alt text/ })).toHaveCount(0);
});
