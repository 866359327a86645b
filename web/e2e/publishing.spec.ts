import { call, cardOf, expect, inSeconds, ledger, test, twitterPost, typeTime } from "./test";

test("a post scheduled in the browser goes out at its second, and its card turns live", async ({
  page,
}) => {
  const text = "First light over the harbour.";
  await page.goto("/compose/");
  await page.getByRole("textbox", { name: "Text for all platforms" }).fill(text);
  await expect(page.getByTestId("count-twitter")).toContainText(`${text.length} / 280`);
  await expect(page.getByText(/^Saved \d\d:\d\d/)).toBeVisible();
  await page.getByRole("button", { name: "In 5 minutes" }).click();
  const due = new Date(Math.ceil(Date.now() / 1000) * 1000 + 7000);
  const time = await page.evaluate(
    (at) => new Date(at).toLocaleTimeString("en-GB", { hour12: false }),
    due.getTime(),
  );
  await typeTime(page, time);
  await page.getByRole("button", { name: "Schedule", exact: true }).click();

  await expect(page).toHaveURL(/\/posts\//);
  const card = cardOf(page, text);
  await expect(card.getByText("Scheduled", { exact: true })).toBeVisible();
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("Scheduled post published!")).toBeVisible();
  await expect(card.getByText(/^Sent \+0\.\d{3} s$/).first()).toBeVisible();

  const entries = await ledger(page, text);
  expect(entries.map((entry) => entry.platform).sort()).toEqual(["bluesky", "mastodon", "twitter"]);
  for (const entry of entries) {
    const late = Date.parse(entry.received_at) - due.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1000);
  }
});

test("an unscheduled post does not go out", async ({ page }) => {
  const text = "Not this one.";
  await page.goto("/posts/");
  await call(
    page,
    "POST",
    "/posts",
    twitterPost(text, { status: "scheduled", scheduled_at: inSeconds(5) }),
  );
  const card = cardOf(page, text);
  await card.getByRole("button", { name: "Unschedule" }).click();
  await expect(card.getByText("Ready", { exact: true })).toBeVisible();
  await expect
    .poll(
      async () =>
        (await call<{ items: { status: string }[] }>(page, "GET", "/posts?search=Not%20this%20one"))
          .items[0]?.status,
    )
    .toBe("ready_to_publish");
  const marker = "After the one that stayed.";
  await call(
    page,
    "POST",
    "/posts",
    twitterPost(marker, { status: "scheduled", scheduled_at: inSeconds(6) }),
  );
  await expect.poll(() => ledger(page, marker), { timeout: 20_000 }).toHaveLength(1);
  expect(await ledger(page, text)).toEqual([]);
});

test("the text of a scheduled post can be edited, and the new one goes out", async ({ page }) => {
  await page.goto("/posts/");
  const body = twitterPost("Open untl nine.", { status: "scheduled", scheduled_at: inSeconds(12) });
  await call(page, "POST", "/posts", body);
  await cardOf(page, "Open untl nine.").getByRole("button", { name: "Edit text" }).click();
  await page.getByRole("textbox", { name: "Text for X" }).fill("Open until nine.");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect.poll(() => ledger(page, "Open until nine."), { timeout: 25_000 }).toHaveLength(1);
  expect(await ledger(page, "Open untl nine.")).toEqual([]);
});

test("publish now waits ten seconds for a change of mind", async ({ page }) => {
  await page.goto("/posts/");
  await call(page, "POST", "/posts", twitterPost("Second thoughts."));
  await call(page, "POST", "/posts", twitterPost("No second thoughts."));
  const regretted = page.getByRole("article", { name: "Post: Second thoughts." });
  await regretted.getByRole("button", { name: "Publish now" }).click();
  await expect(regretted.getByText("Scheduled", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(regretted.getByText("Ready", { exact: true })).toBeVisible();

  const meant = page.getByRole("article", { name: "Post: No second thoughts." });
  await meant.getByRole("button", { name: "Publish now" }).click();
  await expect(meant.getByText("Published", { exact: true })).toBeVisible({ timeout: 25_000 });
  expect(await ledger(page, "No second thoughts.")).toHaveLength(1);
  expect(await ledger(page, "Second thoughts.")).toEqual([]);
});

test("a deleted post can be brought back", async ({ page }) => {
  await page.goto("/posts/");
  await call(page, "POST", "/posts", twitterPost("Gone for a moment."));
  const card = cardOf(page, "Gone for a moment.");
  await card.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(card).toBeHidden();
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(card.getByText("Ready", { exact: true })).toBeVisible();
});

test("a post that fails says what happened and what to do, and can be retried", async ({
  page,
}) => {
  const text = "The platform has a bad day.";
  await page.goto("/posts/");
  await page.request.put("/sandbox/faults", {
    data: { platform: "twitter", fault: "server_error", count: 1 },
  });
  await call(
    page,
    "POST",
    "/posts",
    twitterPost(text, { status: "scheduled", scheduled_at: inSeconds(2) }),
  );
  const card = cardOf(page, text);
  await expect(card.getByText(/Next try|Asking X/).first()).toBeVisible({ timeout: 20_000 });
  await page.request.delete("/sandbox/faults");
  await expect(card.getByText("Published", { exact: true })).toBeVisible({ timeout: 45_000 });
  expect(await ledger(page, text)).toHaveLength(1);
});

test("a reading is asked for where the clocks go back", async ({ page }) => {
  await page.goto("/posts/");
  await call(page, "PUT", "/workspace", { time_zone: "Europe/Berlin" });
  await call(
    page,
    "POST",
    "/posts",
    twitterPost("Twice at night.", {
      status: "scheduled",
      scheduled_at: "2027-10-31T00:30:00Z",
      time_zone: "Europe/Berlin",
    }),
  );
  await page.reload();
  const card = cardOf(page, "Twice at night.");
  await card.getByRole("button", { name: "Change time" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Schedule" }).click();
  await page.getByRole("button", { name: /CET ?the second time/ }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(card.getByText("02:30 CET")).toBeVisible();
});
