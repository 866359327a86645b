import type { Page } from "@playwright/test";
import { filmed } from "./files";
import { expect, test } from "./test";

const PIECES = "**/api/v1/media/uploads/*";

/** Drops a video onto the form, as from a folder. */
async function drop(page: Page) {
  const { name, mimeType, buffer } = await filmed();
  const dropped = await page.evaluateHandle(
    ([bytes, called, type]) => {
      const data = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([data], called, { type, lastModified: 1_700_000_000_000 }));
      return transfer;
    },
    [buffer.toString("base64"), name, mimeType] as const,
  );
  await page.locator("form").first().dispatchEvent("drop", { dataTransfer: dropped });
}

test("a video that is dropped goes on after a cut where it stood, and can be watched", async ({
  page,
}) => {
  const asked: string[] = [];
  let cut = false;
  await page.route(PIECES, async (route) => {
    const request = route.request();
    asked.push(`${request.method()} ${request.headers()["upload-offset"] ?? ""}`.trim());
    if (request.method() !== "PATCH" || cut) return route.continue();
    cut = true;
    const body = request.postDataBuffer() ?? Buffer.from("");
    await route.fetch({ postData: body.subarray(0, 50_000) });
    await route.abort("connectionreset");
  });
  await page.goto("/compose/");
  await page.getByRole("textbox", { name: "Text for all platforms" }).fill("Moving pictures.");
  await drop(page);
  const alt = page.getByRole("textbox", { name: "Alt text of video 1" });
  await expect(alt).toBeVisible({ timeout: 30_000 });
  expect(asked).toEqual(["PATCH 0", "HEAD", "PATCH 50000", "GET"]);
  const still = page.getByRole("img", { name: "Video 1" });
  await expect
    .poll(() => still.evaluate((one: HTMLImageElement) => one.naturalHeight))
    .toBeGreaterThan(0);

  await page.goto("/media/");
  await page.getByRole("button", { name: "Open harbour.mp4" }).first().click();
  const video = page.getByRole("dialog").locator("video");
  await video.evaluate((one: HTMLVideoElement) => one.play());
  await expect
    .poll(() => video.evaluate((one: HTMLVideoElement) => one.currentTime))
    .toBeGreaterThan(0);
});

test("an upload that is stopped is forgotten; the same video begins anew", async ({ page }) => {
  const asked: string[] = [];
  await page.route(PIECES, async (route) => {
    asked.push(route.request().method());
    if (route.request().method() !== "PATCH") return route.continue();
  });
  await page.goto("/compose/");
  await drop(page);
  await expect.poll(() => asked).toEqual(["PATCH"]);
  await page.getByRole("button", { name: "Stop uploading harbour.mp4" }).click();
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await expect.poll(() => asked).toEqual(["PATCH", "DELETE"]);
  await page.unroute(PIECES);
  await drop(page);
  await expect(page.getByRole("textbox", { name: "Alt text of video 1" })).toBeVisible({
    timeout: 30_000,
  });
});

test("a file that is no video is refused in words once it is there", async ({ page }) => {
  await page.goto("/compose/");
  const notes = { name: "notes.mp4", mimeType: "video/mp4", buffer: Buffer.from("no video") };
  await page.locator("input[type=file]").setInputFiles([notes]);
  await expect(page.getByText(/MP4, MOV and WebM videos/)).toBeVisible();
  await page.getByRole("button", { name: "Take notes.mp4 away" }).click();
});
