import type { Page } from "@playwright/test";
import { drawn, filmed, type TestFile } from "./files";
import { call, expect, test, wholeLedger } from "./test";

interface Network {
  /** Its name, or its name and the way in. */
  title: string;
  platform: string;
  label: string;
  /** The way in, where there are several. */
  way?: string;
  kinds: Kind[];
  /** Which of several profiles to connect, by its handle. */
  profile?: string;
  /** A permission that can be refused on its own, and that nothing works without. */
  scope?: string;
  options?: Record<string, unknown>;
}

type Kind = "text" | "image" | "video";
interface Account {
  id: string;
  platform: string;
  handle: string;
  remote_id: string;
  status: string;
}

const ALL: Kind[] = ["text", "image", "video"];
const FILES: Kind[] = ["image", "video"];
const NETWORKS: Network[] = [
  { title: "X", platform: "twitter", label: "X", kinds: ALL },
  { title: "Mastodon", platform: "mastodon", label: "Mastodon", kinds: ALL },
  {
    title: "LinkedIn, a person",
    platform: "linkedin",
    label: "LinkedIn",
    way: "Person",
    kinds: ALL,
  },
  {
    title: "LinkedIn, an organisation",
    platform: "linkedin",
    label: "LinkedIn",
    way: "Organisation",
    kinds: ALL,
    profile: "bakery",
  },
  {
    title: "Facebook",
    platform: "facebook",
    label: "Facebook",
    kinds: ALL,
    profile: "_paper",
    scope: "pages_manage_posts",
  },
  {
    title: "Instagram by itself",
    platform: "instagram",
    label: "Instagram",
    way: "Instagram Login",
    kinds: FILES,
    scope: "instagram_business_content_publish",
  },
  {
    title: "Instagram through its Page",
    platform: "instagram",
    label: "Instagram",
    way: "Facebook Login (through its Page)",
    kinds: FILES,
    scope: "instagram_content_publish",
  },
  {
    title: "YouTube",
    platform: "youtube",
    label: "YouTube",
    kinds: ["video"],
    scope: "https://www.googleapis.com/auth/youtube.upload",
  },
  {
    title: "TikTok",
    platform: "tiktok",
    label: "TikTok",
    kinds: FILES,
    scope: "video.publish",
    options: { privacy: "PUBLIC_TO_EVERYONE" },
  },
];
/** From the moment the posts are stored until they are due: videos are uploaded meanwhile. */
const AHEAD = 12;

test.describe.configure({ timeout: 120_000 });

const connected: Account[] = [];

// The other tests know the accounts that a workspace begins with.
test.afterEach(async ({ page }) => {
  for (const { id } of connected.splice(0)) await call(page, "DELETE", `/accounts/${id}`);
});

for (const [index, network] of NETWORKS.entries()) {
  test(`${network.title}: consent in the browser, then each kind of post at its second`, async ({
    page,
  }) => {
    const handle = `keeper${index}`;
    const panel = page.getByRole("main").getByRole("alert");
    const before = await accountsOf(page, network.platform);

    await visit(page, network);
    await page.getByRole("button", { name: "Do not allow" }).click();
    await expect(panel).toContainText(`${network.label} was not allowed to connect`);
    if (network.scope) {
      await visit(page, network);
      await page.getByRole("checkbox", { name: network.scope, exact: true }).uncheck();
      await allow(page, handle);
      await expect(panel).toContainText(network.scope);
    }
    expect(idsOf(await accountsOf(page, network.platform))).toEqual(idsOf(before));

    await visit(page, network);
    await allow(page, handle);
    await pick(page, network.profile);
    const known = new Set(before.map(({ id }) => id));
    const added = (await accountsOf(page, network.platform)).filter(({ id }) => !known.has(id));
    expect(added).toHaveLength(1);
    await publishEach(page, network, added);
  });
}

test("Bluesky: an app password, then each kind of post at its second", async ({ page }) => {
  const handle = "keeper.sandbox.test";
  const network: Network = { title: "", platform: "bluesky", label: "Bluesky", kinds: ALL };
  const before = await accountsOf(page, "bluesky");
  const dialog = await open(page, network);
  await dialog.getByRole("textbox", { name: "Handle" }).fill(handle);
  await dialog.getByLabel("App password").fill("not-the-password");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText(/password/i);
  await dialog.getByLabel("App password").fill("sand-boxp-assw-ordx");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(dialog).toBeHidden();
  const known = new Set(before.map(({ id }) => id));
  const added = (await accountsOf(page, "bluesky")).filter(({ id }) => !known.has(id));
  expect(added.map((one) => one.handle)).toEqual([handle]);
  await publishEach(page, network, added);
});

/** The dialog, as far as the platform and its pretend side are chosen. */
async function open(page: Page, { label, way }: Network) {
  await page.goto("/accounts/");
  await page.getByRole("button", { name: "Connect account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: label, exact: true }).click();
  if (way) await dialog.getByText(way, { exact: true }).click();
  await dialog.getByRole("switch", { name: /^Pretend account/ }).click();
  return dialog;
}

/** Goes to the platform's own page. */
async function visit(page: Page, network: Network) {
  const dialog = await open(page, network);
  await dialog.getByRole("button", { name: `Continue to ${network.label}` }).click();
  await expect(page.getByRole("heading", { name: /^Pretend / })).toBeVisible();
}

async function allow(page: Page, handle: string) {
  await page.getByRole("textbox", { name: "or somebody else" }).fill(handle);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(page).toHaveURL(/\/accounts\/\?visit=/);
}

/** Connects the first profile whose words hold `wanted`. */
async function pick(page: Page, wanted = "") {
  const choice = page.getByRole("region", { name: /^Which of your/ });
  const done = page.getByText("Account connected");
  await expect(choice.or(done).first()).toBeVisible();
  if (await choice.isVisible()) {
    const offered = choice.getByRole("listitem").filter({ has: page.locator("input:enabled") });
    for (const one of await offered.all()) await one.getByRole("checkbox").uncheck();
    await offered.filter({ hasText: wanted }).first().getByRole("checkbox").check();
    await choice.getByRole("button", { name: "Connect 1 profile" }).click();
  }
  await expect(done.first()).toBeVisible();
}

const idsOf = (accounts: Account[]) => accounts.map(({ id }) => id);

async function accountsOf(page: Page, platform: string): Promise<Account[]> {
  const { items } = await asked<{ items: Account[] }>(page, "GET", "/accounts");
  return items.filter((one) => one.platform === platform);
}

/** Calls the API; a page of Postclock is opened for it where none is. */
async function asked<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  if (page.url() === "about:blank") await page.goto("/accounts/");
  return call<T>(page, method, path, body);
}

async function publishEach(page: Page, network: Network, [account]: Account[]) {
  if (!account) throw new Error("Nothing was connected");
  connected.push(account);
  const { platform, kinds, options } = network;
  const files = new Map<Kind, string>();
  if (kinds.includes("image")) files.set("image", await upload(page, await picture(page)));
  if (kinds.includes("video")) files.set("video", await upload(page, await filmed()));
  const due = new Date(Math.ceil(Date.now() / 1000 + AHEAD) * 1000);
  const posts: string[] = [];
  for (const kind of kinds) {
    const media = files.get(kind);
    const stored = await call<{ id: string }>(page, "POST", "/posts", {
      accounts: [account.id],
      content: {
        [platform]: {
          text: `${network.title}: ${kind} at dawn.`,
          ...(media && { media: [{ id: media }] }),
          ...(options && { options }),
        },
      },
      status: "scheduled",
      scheduled_at: due.toISOString(),
    });
    posts.push(stored.id);
  }
  expect(Date.now()).toBeLessThan(due.getTime() - 4000);
  const statuses = () =>
    Promise.all(
      posts.map(async (id) => (await call<{ status: string }>(page, "GET", `/posts/${id}`)).status),
    );
  await expect
    .poll(statuses, { timeout: 60_000, intervals: [1000] })
    .toEqual(kinds.map(() => "published"));

  const entries = (await wholeLedger(page)).filter((one) => one.account === account.remote_id);
  expect(entries.map(({ text }) => text).sort()).toEqual(
    kinds.map((kind) => `${network.title}: ${kind} at dawn.`).sort(),
  );
  for (const { received_at: received, text, media } of entries) {
    const late = Date.parse(received) - due.getTime();
    test.info().annotations.push({ type: "late", description: `${text} ${late} ms` });
    expect(media).toHaveLength(text.includes(": text") ? 0 : 1);
    expect(late, text).toBeGreaterThanOrEqual(0);
    expect(late, text).toBeLessThan(2000);
  }
}

const picture = (page: Page) => drawn(page, "harbour.png", "#357", [720, 720]);

async function upload(page: Page, file: TestFile): Promise<string> {
  const answer = await page.request.post("/api/v1/media", {
    headers: { Origin: new URL(page.url()).origin },
    multipart: { file, alt_text: "The harbour" },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { id } = await answer.json();
  return id;
}
