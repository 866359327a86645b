import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { PostList } from "@/components/history/PostList";
// The dialogs come lazily; read here, so that no test waits for a busy machine to compile them.
import "@/components/history/EditTextModal";
import "@/components/schedule/ScheduleModal";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { at, delivery, post } from "../fake/posts";
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

  it("publishes a missed post now, or leads to another moment, in one click", async () => {
    const { user, backend } = show(<PostList />);
    const missed = await card(/stall by the lighthouse/);
    await user.click(missed.getByRole("button", { name: "Choose another moment" }));
    expect(await screen.findByRole("dialog", { name: "Schedule" })).toBeVisible();
    await user.keyboard("{Escape}");
    await user.click(missed.getByRole("button", { name: "Publish now" }));
    await waitFor(() =>
      expect(backend.asked.map(({ call }) => call)).toContain("POST /posts/p-8/publish"),
    );
  });

  it("offers to send when there is room where a quota is full", async () => {
    const backend = new FakeBackend();
    backend.refusals.push({
      match: /publish$/,
      status: 422,
      body: { code: "quota_exceeded", detail: "The 301st post in 3 h." },
    });
    const { user } = show(<PostList />, backend);
    const missed = await card(/stall by the lighthouse/);
    await user.click(missed.getByRole("button", { name: "Publish now" }));
    expect(await screen.findByText("The 301st post in 3 h.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Send when there is room" }));
    await waitFor(() => expect(backend.asked.at(-1)?.call).toMatch(/^(GET|POST)/));
    const again = backend.asked.filter(({ call }) => call.endsWith("/publish")).at(-1);
    expect(again?.body).toMatchObject({ accept_over_quota: true });
  });

  it("says that it waits for its account to have room", async () => {
    const backend = new FakeBackend();
    backend.posts = [
      post("p", "Later", {
        status: "scheduled",
        scheduled_at: at(-60),
        deliveries: [
          delivery("twitter", {
            due_at: at(-60),
            next_at: at(7200),
            error: { code: "quota_wait", message: "The account may publish no more for now." },
          }),
        ],
      }),
    ];
    show(<PostList />, backend);
    const line = (await card(/Later/)).getByText(/Waits until/);
    expect(line).toHaveTextContent(
      "Waits until 14:28:05 CET: the account may publish no more for now",
    );
  });

  it("tells a pause from an account that needs a sign-in", async () => {
    const backend = new FakeBackend();
    const held = (id: string, code: string) =>
      post(id, id, {
        status: "scheduled",
        scheduled_at: at(-60),
        deliveries: [delivery("twitter", { state: "held", error: { code, message: `${code}!` } })],
      });
    backend.posts = [held("one", "paused"), held("two", "login_expired")];
    show(<PostList />, backend);
    const paused = await card(/one/);
    expect(paused.getByText("On hold: paused")).toBeVisible();
    expect(paused.queryByRole("link", { name: "See accounts" })).not.toBeInTheDocument();
    const expired = await card(/two/);
    expect(expired.getByText("On hold: the account needs a new sign-in")).toBeVisible();
    expect(expired.getByRole("link", { name: "See accounts" })).toBeVisible();
  });

  it("is accessible in every status", async () => {
    const { container } = show(<PostList />);
    await card(/Good morning/);
    await expectNoViolations(container);
  });
});

describe("an unconfirmed delivery", () => {
  async function panel(backend = new FakeBackend()) {
    const shown = show(<PostList />, backend);
    const region = await screen.findByRole("region", {
      name: "Nobody can say whether this reached Bluesky.",
    });
    return { ...shown, backend, panel: within(region) };
  }

  it("shows the evidence", async () => {
    const { panel: shown } = await panel();
    expect(shown.getByText(/Sent to harbourcafe.bsky.social/)).toHaveTextContent("07:58:05 CET");
    expect(shown.getByText(/Looked for it 4 times/)).toHaveTextContent("08:34:45 CET");
    expect(shown.getByText(/What came back/)).toHaveTextContent("timeline could not be read");
  });

  it("that is there gets its link; a wrong one is told at the field", async () => {
    const backend = new FakeBackend();
    backend.refusals.push({
      match: /settle$/,
      status: 422,
      body: { code: "link_not_a_post", detail: "This is not the address of a post." },
    });
    const { user, panel: shown } = await panel(backend);
    await user.click(shown.getByRole("button", { name: "It is there" }));
    const link = shown.getByRole("textbox", { name: "Link to the post" });
    await user.type(link, "https://bsky.app/nonsense{Enter}");
    expect(await shown.findByText("This is not the address of a post.")).toBeVisible();
    expect(link).toBeInvalid();
    await user.clear(link);
    await user.type(link, "https://bsky.app/profile/a/post/1{Enter}");
    const found = await card(/kitchen closes/);
    expect(await found.findByRole("link", { name: "View on Bluesky" })).toHaveAttribute(
      "href",
      "https://bsky.app/profile/a/post/1",
    );
  });

  it("that is not there is sent again", async () => {
    const { user, backend, panel: shown } = await panel();
    await user.click(shown.getByRole("button", { name: "It is not there: send again" }));
    expect(await (await card(/kitchen closes/)).findByText("Scheduled")).toBeVisible();
    expect(backend.asked.find(({ call }) => call.endsWith("/settle"))?.body).toMatchObject({
      choice: "not_published",
    });
  });

  it("can be left as it is", async () => {
    const { user, panel: shown } = await panel();
    await user.click(shown.getByRole("button", { name: "Leave it" }));
    expect(await screen.findByText(/^Left as it is/)).toBeVisible();
    expect(shown.queryByRole("button", { name: "Leave it" })).not.toBeInTheDocument();
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
