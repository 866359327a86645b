import AxeBuilder from "@axe-core/playwright";
import { call, expect, test, twitterPost } from "./test";

const PAGES = [
  "/posts/",
  "/compose/",
  "/campaigns/",
  "/media/",
  "/activity/",
  "/accounts/",
  "/settings/",
  "/system/",
  "/welcome/",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

for (const colorScheme of ["light", "dark"] as const) {
  for (const path of [...PAGES, "/sign-in/"]) {
    test(`${path} is accessible, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    });
  }
}

test("a dialog is accessible and gives the focus back", async ({ page }) => {
  await page.goto("/posts/");
  await call(page, "POST", "/posts", twitterPost("For the dialog."));
  const card = page.getByRole("article", { name: "Post: For the dialog." });
  const opener = card.getByRole("button", { name: "Schedule" });
  await opener.click();
  await expect(page.getByRole("dialog", { name: "Schedule" })).toBeVisible();
  const dialog = new AxeBuilder({ page }).include("[role=dialog]").withTags(RULES.slice(0, -1));
  const { violations } = await dialog.analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(opener).toBeFocused();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`connecting and each platform's options are accessible, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/accounts/");
    await page.getByRole("button", { name: "Connect account" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Instagram" }).click();
    await expect(dialog.getByText("Setup required")).toBeVisible();
    const shown = () =>
      new AxeBuilder({ page }).include("[role=dialog]").withTags(RULES.slice(0, -1));
    expect((await shown().analyze()).violations).toEqual([]);
    await dialog.getByRole("button", { name: "Back" }).click();
    await dialog.getByRole("button", { name: "Bluesky" }).click();
    await dialog.getByRole("switch", { name: /^Pretend account/ }).click();
    await expect(dialog.getByText(/ada\.sandbox\.test/)).toBeVisible();
    expect((await shown().analyze()).violations).toEqual([]);

    await page.goto("/compose/");
    await expect(page.getByRole("button", { name: "Mastodon options" })).toBeVisible();
    for (const one of await page.getByRole("button", { name: / options$/ }).all()) {
      await one.click();
    }
    await expect(
      page.getByRole("region", { name: /^Mastodon/ }).getByText("Hide media"),
    ).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
}

test("the keyboard is enough", async ({ page }) => {
  await page.goto("/activity/");
  await expect(page.getByRole("heading", { name: "Activity" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("nothing like this");
  await expect(page.getByText("No post matches")).toBeVisible();
  await expect(page).toHaveURL(/search=nothing/);
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue("nothing like this");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("c");
  await expect(page.getByRole("heading", { name: "Compose" })).toBeVisible();
});

test("what is typed survives a reload", async ({ page }) => {
  await page.goto("/compose/");
  const text = page.getByRole("textbox", { name: "Text for all platforms" });
  await text.fill("Half a thought");
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await page.reload();
  await expect(text).toHaveValue("Half a thought");
});

test("signing out closes the door, signing in opens it at the same place", async ({ page }) => {
  await page.goto("/sign-in/");
  await page.getByRole("textbox", { name: "E-mail" }).fill("mira@harbour.example");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Not signed in")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill("a long enough secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Posts" })).toBeVisible();
  await page.getByRole("button", { name: /profile and sign out/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/settings/");
  await expect(page).toHaveURL(/\/sign-in\/\?next=%2Fsettings%2F/);
  await page.getByRole("textbox", { name: "E-mail" }).fill("mira@harbour.example");
  await page.getByLabel("Password", { exact: true }).fill("a long enough secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("every page fits, and the bottom bar leads everywhere", async ({ page }) => {
    await page.goto("/posts/");
    const bar = page.getByRole("navigation", { name: "Main" });
    const fits = async (name: string) => {
      await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, name).toBeLessThanOrEqual(390);
    };
    for (const name of ["Campaigns", "Accounts", "Posts"]) {
      await bar.getByRole("link", { name, exact: true }).click();
      await expect(bar.getByRole("link", { name, exact: true })).toHaveAttribute(
        "aria-current",
        "page",
      );
      await fits(name);
    }
    await bar.getByRole("link", { name: "New", exact: true }).click();
    await fits("Compose");
    for (const name of ["Activity", "Settings", "System"]) {
      await bar.getByRole("button", { name: "More" }).click();
      await page.getByRole("menuitem", { name }).click();
      await fits(name);
    }
  });
});

test("no script but the page's own can run", async ({ page, console }) => {
  const answer = await page.goto("/posts/");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("script-src 'self' 'sha256-");
  expect(policy).not.toMatch(/script-src[^;]*unsafe-/);
  await expect(page.getByRole("heading", { name: "Posts" })).toBeVisible();
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.head.append(script);
  });
  expect(await page.evaluate(() => "intruder" in window)).toBe(false);
  expect(console.splice(0).join()).toContain("Content Security Policy");
});
