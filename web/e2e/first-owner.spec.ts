import { expect, test } from "./test";

test("the one-time link makes the owner, and the checklist leads on", async ({ page }) => {
  await page.goto(process.env.POSTCLOCK_E2E_WELCOME ?? "");
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  await expect(page.getByRole("combobox", { name: "Time zone" })).toHaveValue(
    new RegExp(`^${zone.replaceAll("_", " ")}`),
  );
  await page.getByRole("textbox", { name: "Your name" }).fill("Mira Holm");
  await page.getByRole("textbox", { name: "E-mail" }).fill("mira@harbour.example");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("textbox", { name: "Workspace name" }).fill("Harbour Café");
  await page.getByRole("button", { name: "Create the owner" }).click();
  await expect(page.getByText("Use at least 10 characters.")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill("a long enough secret");
  await page.getByRole("button", { name: "Create the owner" }).click();

  await expect(page.getByRole("heading", { name: "Welcome, Mira Holm" })).toBeVisible();
  await expect(page.getByRole("img", { name: "Mastodon" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Sandbox timeline" })).toHaveAttribute(
    "href",
    /sandbox/,
  );
  await page.getByRole("link", { name: "Write your first post" }).click();
  await expect(page.getByRole("heading", { name: "Compose" })).toBeVisible();
  await page.context().storageState({ path: "test-results/owner.json" });
});

test("the link works once", async ({ page }) => {
  await page.goto(process.env.POSTCLOCK_E2E_WELCOME ?? "");
  await expect(page.getByText("It has an owner already.")).toBeVisible();
});
