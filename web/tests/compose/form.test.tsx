import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { Composer } from "@/components/compose/Composer";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { show } from "../render";

const textbox = () => screen.findByRole("textbox", { name: "Text for all platforms" });
const button = (name: string) => screen.getByRole("button", { name });

it("counts as each platform counts and says who has a problem", async () => {
  const { user, container } = show(<Composer />);
  await user.click(await textbox());
  await user.paste("一".repeat(160));
  expect(await screen.findByTestId("count-twitter")).toHaveTextContent("320 / 280");
  expect(screen.getByTestId("count-bluesky")).toHaveTextContent("160 / 300");
  await expectNoViolations(container);
});

it("lists the server's problems together, each leading to its field", async () => {
  const { user } = show(<Composer />);
  const text = await textbox();
  await user.click(text);
  await user.paste("a".repeat(400));
  const problems = await screen.findByRole("region", { name: "Problems" });
  const found = await within(problems).findAllByRole("button");
  expect(found.map((one) => one.textContent)).toEqual([
    "The text for twitter is 120 characters too long.",
    "The text for bluesky is 100 characters too long.",
  ]);
  expect(screen.getByRole("button", { name: /@harbourcafe.*1 problem$/ })).toBeVisible();
  await user.click(found[0] as HTMLElement);
  expect(text).toHaveFocus();
  expect(button("Publish now")).toBeDisabled();
});

it("opens a platform's options where one of them is the problem, and leads there again", async () => {
  const backend = new FakeBackend();
  const field = "content.bluesky.options.first_comment";
  backend.problems = [{ code: "missing", message: "Say who may see it.", field }];
  const { user } = show(<Composer />, backend);
  await user.type(await textbox(), "Ahoy");
  const problem = await screen.findByRole("button", { name: "Say who may see it." });
  const toggle = button("Bluesky options");
  expect(toggle).toHaveAttribute("aria-expanded", "true");
  expect(button("X options")).toHaveAttribute("aria-expanded", "false");
  await user.click(toggle);
  expect(toggle).toHaveAttribute("aria-expanded", "false");
  await user.click(problem);
  expect(toggle).toHaveAttribute("aria-expanded", "true");
  expect(document.activeElement).toHaveAttribute("id", "options-bluesky-first_comment");
});

it("stores a draft once, and keeps nothing in the browser after that", async () => {
  const { user, backend, places } = show(<Composer />);
  await user.type(await textbox(), "Ahoy");
  expect(await screen.findByText(/^Saved \d\d:\d\d EST|^Saved 12:28 CET/)).toBeVisible();
  expect(localStorage).toHaveLength(1);
  await user.click(button("Save draft"));
  await waitFor(() => expect(places).toEqual(["/compose/?post=new-10"]));
  expect(backend.posts[0]).toMatchObject({
    status: "draft",
    content: { twitter: { text: "Ahoy" } },
  });
  expect(localStorage).toHaveLength(0);
});

it("loses nothing when the page is left", async () => {
  const first = show(<Composer />);
  await first.user.type(await textbox(), "Half a thought");
  first.unmount();
  show(<Composer />);
  expect(await textbox()).toHaveValue("Half a thought");
});

it("schedules at the picked second in the workspace's zone", async () => {
  const { user, backend, places } = show(<Composer />);
  await user.type(await textbox(), "On the second");
  await user.click(button("In 1 hour"));
  await user.click(button("Schedule"));
  await waitFor(() => expect(places).toEqual(["/posts/"]));
  expect(backend.posts[0]).toMatchObject({
    status: "scheduled",
    time_zone: "Europe/Berlin",
    scheduled_at: expect.stringMatching(/^2026-11-22T13:28:0\d$/),
  });
});

it("keeps the text and says why when the server refuses", async () => {
  const backend = new FakeBackend();
  backend.refusals.push({
    match: /^POST \/posts$/,
    status: 422,
    body: { code: "account_missing", detail: "Connect an account first." },
  });
  const { user } = show(<Composer />, backend);
  await user.type(await textbox(), "Ahoy");
  await user.click(button("Save draft"));
  expect(await screen.findByText("Connect an account first.")).toBeVisible();
  expect(await textbox()).toHaveValue("Ahoy");
});

it("asks which version to keep when somebody else saved meanwhile", async () => {
  const backend = new FakeBackend();
  const stored = backend.posts.find(({ id }) => id === "p-9");
  backend.refusals.push({
    match: /^PUT/,
    status: 409,
    body: {
      code: "version_conflict",
      stored: { ...stored, version: 5, content: { twitter: { text: "Theirs" } } },
    },
  });
  const { user } = show(<Composer />, backend, "?post=p-9");
  const text = await textbox();
  await user.clear(text);
  await user.type(text, "Mine");
  await user.click(button("Save draft"));
  expect(await screen.findByText("Theirs")).toBeVisible();
  await user.click(button("Keep mine"));
  await waitFor(() => {
    const last = backend.asked.filter(({ call }) => call.startsWith("PUT")).at(-1);
    expect(last?.headers.get("If-Match")).toBe('"5"');
  });
});
