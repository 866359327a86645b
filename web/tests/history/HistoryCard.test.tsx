import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { PostList } from "@/components/history/PostList";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { show } from "../render";

async function card(text: RegExp) {
  return within(await screen.findByRole("article", { name: text }));
}

describe("a card", () => {
  it("tells each delivery's lateness and where to see it", async () => {
    show(<PostList />);
    const published = await card(/Good morning from the harbour/);
    expect(published.getByText("Published")).toBeVisible();
    expect(published.getByText("Sent +0.004 s")).toBeVisible();
    expect(published.getByRole("link", { name: "View on Mastodon" })).toHaveAttribute(
      "href",
      "/sandbox/mastodon/1",
    );
    expect(published.getByText("11:00 CET")).toBeVisible();
  });

  it("shows the actions of its status and no others", async () => {
    const { user } = show(<PostList />);
    const draft = await card(/a photo each Friday/);
    const shown = draft.getAllByRole("button").map((one) => one.textContent);
    expect(shown).toEqual(["Schedule", "Publish now", "Edit text", ""]);
    await user.click(draft.getByRole("button", { name: "More actions" }));
    const more = await screen.findAllByRole("menuitem");
    expect(more.map((one) => one.textContent)).toEqual([
      "Open in the composer",
      "Duplicate",
      "Delete",
    ]);
  });

  it("says what happened, why and what to do, with a button that does it", async () => {
    const { user } = show(<PostList />);
    const failed = await card(/Half price/);
    expect(failed.getByText(/you posted the same words already/)).toBeVisible();
    await user.click(failed.getByRole("button", { name: "Edit text" }));
    expect(await screen.findByRole("dialog", { name: "Edit text" })).toBeVisible();
  });

  it("makes sure that an unconfirmed post is looked for before it is sent again", async () => {
    const { user, backend } = show(<PostList />);
    await user.click((await card(/kitchen closes/)).getByRole("button", { name: "Retry" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText("harbourcafe.bsky.social on Bluesky")).toBeVisible();
    expect(backend.asked.some(({ call }) => call.endsWith("/retry"))).toBe(false);
    await user.click(dialog.getByRole("button", { name: "It is not there, send again" }));
    await waitFor(() =>
      expect(backend.asked.map(({ call }) => call)).toContain("POST /posts/p-7/retry"),
    );
  });

  it("is accessible in every status", async () => {
    const { container } = show(<PostList />);
    await card(/Good morning/);
    await expectNoViolations(container);
  });
});

describe("editing a card's text", () => {
  it("shows both versions when somebody else saved meanwhile", async () => {
    const backend = new FakeBackend();
    const stored = backend.posts.find(({ id }) => id === "p-9");
    backend.refusals.push({
      match: /^PUT/,
      status: 409,
      body: {
        code: "version_conflict",
        stored: { ...stored, version: 4, content: { twitter: { text: "Theirs" } } },
      },
    });
    const { user } = show(<PostList />, backend);
    await user.click(
      (await card(/a photo each Friday/)).getByRole("button", { name: "Edit text" }),
    );
    const text = await screen.findByRole("textbox", { name: "Text for X" });
    await user.clear(text);
    await user.type(text, "Mine");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Theirs")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Take this one" }));
    expect(text).toHaveValue("Theirs");
  });
});

describe("the list", () => {
  it("takes its view from the address", async () => {
    show(<PostList />, undefined, "?status=failed,missed");
    await card(/Half price/);
    expect(screen.getAllByRole("article")).toHaveLength(2);
    expect(screen.getByRole("button", { name: "Failed" })).toHaveAttribute("aria-pressed", "true");
  });

  it("searches", async () => {
    const { user } = show(<PostList />);
    await card(/Half price/);
    await user.type(screen.getByRole("searchbox"), "lighthouse");
    await waitFor(() => expect(screen.getAllByRole("article")).toHaveLength(1));
  });

  it("teaches when it is empty", async () => {
    const backend = new FakeBackend();
    backend.posts = [];
    show(<PostList />, backend);
    expect(await screen.findByRole("link", { name: "Write your first post" })).toHaveAttribute(
      "href",
      expect.stringMatching(/^\/compose\/?$/),
    );
  });
});
