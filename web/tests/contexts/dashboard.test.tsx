import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { PostList } from "@/components/history/PostList";
import { LiveNote } from "@/components/shell/LiveNote";
import { FakeBackend } from "../fake/backend";
import { at } from "../fake/posts";
import { show } from "../render";
import { server } from "../server";

async function card(text: RegExp) {
  return within(await screen.findByRole("article", { name: text }));
}

function refusing(match: RegExp): FakeBackend {
  const backend = new FakeBackend();
  backend.refusals.push({
    match,
    status: 409,
    body: { code: "already_publishing", detail: "It is being sent right now." },
  });
  return backend;
}

it("shows an action at once, before the server has answered", async () => {
  const { user, backend } = show(<PostList />);
  const scheduled = await card(/Behind the counter/);
  const answer = Promise.withResolvers<void>();
  server.use(
    http.put("*/api/v1/posts/p-2", async ({ request }) => {
      await answer.promise;
      return backend.handle(request);
    }),
  );
  await user.click(scheduled.getByRole("button", { name: "Unschedule" }));
  expect(await scheduled.findByText("Ready")).toBeVisible();
  answer.resolve();
  await waitFor(() =>
    expect(backend.posts.find(({ id }) => id === "p-2")?.status).toBe("ready_to_publish"),
  );
});

it("takes a refused action back and says why", async () => {
  const { user } = show(<PostList />, refusing(/^PUT/));
  const scheduled = await card(/Behind the counter/);
  await user.click(scheduled.getByRole("button", { name: "Unschedule" }));
  const toast = within(await screen.findByRole("alert"));
  expect(toast.getByText("Not unscheduled")).toBeVisible();
  expect(toast.getByText("It is being sent right now.")).toBeVisible();
  expect(scheduled.getByText("Scheduled")).toBeVisible();
});

it("puts a post back that could not be deleted", async () => {
  const { user } = show(<PostList />, refusing(/^DELETE/));
  const scheduled = await card(/Behind the counter/);
  await user.click(scheduled.getByRole("button", { name: "More actions" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
  expect(await screen.findByText("Not deleted")).toBeVisible();
  expect(await screen.findByRole("article", { name: /Behind the counter/ })).toBeVisible();
});

it("says so when the server cannot be reached", async () => {
  const { user } = show(<PostList />);
  const scheduled = await card(/Behind the counter/);
  server.use(http.put("*/api/v1/posts/p-2", () => HttpResponse.error()));
  await user.click(scheduled.getByRole("button", { name: "Unschedule" }));
  expect(await screen.findByText(/The server could not be reached/)).toBeVisible();
  expect(scheduled.getByText("Scheduled")).toBeVisible();
});

it("publishes now with ten seconds to undo, back to the moment it had", async () => {
  const { user, backend } = show(<PostList />);
  const moment = backend.posts.find(({ id }) => id === "p-2")?.scheduled_at;
  await user.click((await card(/Behind the counter/)).getByRole("button", { name: "Publish now" }));
  const undo = await screen.findByRole("button", { name: /^Undo/ });
  expect(backend.asked.find(({ call }) => call.endsWith("/publish"))?.body).toEqual({
    undo_seconds: 10,
  });
  await user.click(undo);
  await waitFor(() =>
    expect(backend.posts.find(({ id }) => id === "p-2")).toMatchObject({
      status: "scheduled",
      scheduled_at: moment,
    }),
  );
});

it("turns a card live and tells that it was published", async () => {
  const { backend, stream } = show(<PostList />);
  await card(/Last tables/);
  stream.opened[0]?.say("hello", { server_time: at(0) });
  await waitFor(() => expect(backend.asked.map(({ call }) => call)).toContain("GET /posts"));
  backend.posts = backend.posts.map((one) =>
    one.id === "p-3" ? { ...one, status: "published" } : one,
  );
  await waitFor(() => {
    stream.opened[0]?.say("changed", { posts: ["p-3"], notifications: false });
    expect(screen.getByText("Scheduled post published!")).toBeVisible();
  });
  expect((await card(/Last tables/)).getByText("Published")).toBeVisible();
});

it("tells quietly that the stream is down, and polls when the window is looked at again", async () => {
  const { backend, stream } = show(
    <>
      <LiveNote />
      <PostList />
    </>,
  );
  stream.opened[0]?.say("hello", { server_time: at(0) });
  await card(/Last tables/);
  await waitFor(() => expect(pendingAsked(backend)).toBeGreaterThan(0));
  stream.opened[0]?.fail();
  expect(await screen.findByText("Live updates paused")).toBeInTheDocument();
  backend.posts = backend.posts.map((one) =>
    one.id === "p-3" ? { ...one, status: "failed", publish_error: "X said no." } : one,
  );
  window.dispatchEvent(new Event("focus"));
  expect(await screen.findByText("Scheduled post failed")).toBeVisible();
  expect(screen.getAllByText("X said no.")[0]).toBeVisible();
});

function pendingAsked(backend: FakeBackend): number {
  return backend.asked.filter(({ call }) => call === "GET /posts").length - 1;
}
