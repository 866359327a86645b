import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { Composer } from "@/components/compose/Composer";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { at } from "../fake/posts";
import { show } from "../render";

const textbox = () => screen.findByRole("textbox", { name: "Text for all platforms" });
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const pictures = () => within(screen.getByRole("region", { name: "Pictures and videos" }));
const file = (name: string) => new File(["png"], name, { type: "image/png" });

async function shown(backend = new FakeBackend()) {
  const rendered = show(<Composer />, backend);
  const text = await textbox();
  return { ...rendered, text };
}

/** The bodies that were sent to make a post. */
function made(backend: FakeBackend) {
  return backend.asked.filter(({ call }) => call === "POST /posts").map(({ body }) => body);
}

it("uploads pictures, describes and reorders them, and sends them to every platform", async () => {
  const { user, backend, container, text } = await shown();
  await user.type(text, "Look");
  const input = container.querySelector("input[type=file]") as HTMLInputElement;
  await user.upload(input, [file("first.png"), file("second.png")]);
  const second = await screen.findByRole("textbox", { name: "Alt text of picture 2" });
  await user.type(second, "The stall");
  expect(pictures().getByText("9 / 1000")).toBeVisible();
  await user.click(button("Move picture 2 up"));
  expect(screen.getByRole("textbox", { name: "Alt text of picture 1" })).toHaveValue("The stall");
  await expectNoViolations(container);
  await user.click(button("Save draft"));
  const media = [{ id: "m-2", alt: "The stall" }, { id: "m-1" }];
  await waitFor(() => expect(made(backend)).toHaveLength(1));
  expect(made(backend)[0]?.content).toEqual({
    twitter: { text: "Look", media },
    bluesky: { text: "Look", media },
    mastodon: { text: "Look", media },
  });
});

it("offers to crop what a chosen platform does not take, and puts the piece in its place", async () => {
  const backend = new FakeBackend();
  const piece = { x: 0, y: 10, width: 1080, height: 1350 };
  backend.crops = [
    { platform: "bluesky", ...piece },
    { platform: "elsewhere", ...piece },
  ];
  const { user, container } = await shown(backend);
  const input = container.querySelector("input[type=file]") as HTMLInputElement;
  await user.upload(input, file("tall.png"));
  await user.type(await screen.findByRole("textbox", { name: "Alt text of picture 1" }), "Tall");
  expect(screen.getByText("Bluesky does not take this shape.")).toBeVisible();
  await user.click(button("Crop to 1080 × 1350"));
  expect(await screen.findByText("piece.png")).toBeVisible();
  expect(screen.getByText("The whole one stays in the library.")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Alt text of picture 1" })).toHaveValue("Tall");
  const crop = backend.asked.find(({ call }) => call === "POST /media/m-1/crop");
  expect(crop?.body).toEqual(piece);
});

it("takes pictures that are pasted or dropped", async () => {
  const { container, text } = await shown();
  fireEvent.paste(text, { clipboardData: { files: [file("pasted.png")], types: ["Files"] } });
  await screen.findByRole("textbox", { name: "Alt text of picture 1" });
  const form = container.querySelector("form") as HTMLFormElement;
  fireEvent.drop(form, { dataTransfer: { files: [file("dropped.png")], types: ["Files"] } });
  await screen.findByRole("textbox", { name: "Alt text of picture 2" });
  expect(screen.getByText("pasted.png")).toBeVisible();
  expect(screen.getByText("dropped.png")).toBeVisible();
});

it("says why an upload was refused, and tries it again", async () => {
  const backend = new FakeBackend();
  backend.refusals.push({
    match: /^POST \/media$/,
    status: 413,
    body: { code: "media_too_large", detail: "A picture has up to 20 MB." },
  });
  const { user, container } = await shown(backend);
  const input = container.querySelector("input[type=file]") as HTMLInputElement;
  await user.upload(input, file("huge.png"));
  expect(await screen.findByText("A picture has up to 20 MB.")).toBeVisible();
  await user.click(button("Try again"));
  expect(await screen.findByRole("textbox", { name: "Alt text of picture 1" })).toBeVisible();
});

it("lets an author choose what happens when it cannot leave on time", async () => {
  const { user, backend, text } = await shown();
  await user.type(text, "Late");
  const late = within(screen.getByRole("region", { name: "If it cannot leave on time" }));
  expect(late.getByText("Send it when it can, up to 24 h late")).toBeVisible();
  await user.click(late.getByRole("button", { name: "Change" }));
  await user.click(late.getByRole("radio", { name: "Skip it if it is more than 10 min late" }));
  await user.selectOptions(late.getByRole("combobox", { name: "How late" }), "1 h");
  await user.click(late.getByRole("button", { name: "Done" }));
  expect(late.getByText("Skip it if it is more than 1 h late")).toBeVisible();
  await user.click(button("Save draft"));
  await waitFor(() =>
    expect(made(backend)[0]).toMatchObject({ late_policy: "skip", late_grace_seconds: 3600 }),
  );
});

it("makes a campaign while choosing one", async () => {
  const { user, backend, text } = await shown();
  await user.type(text, "Spring");
  await user.type(screen.getByRole("combobox", { name: "Campaign" }), "Terrace");
  await user.click(await screen.findByRole("option", { name: "Create “Terrace”" }));
  await waitFor(() =>
    expect(screen.getByRole("combobox", { name: "Campaign" })).toHaveValue("Terrace"),
  );
  await user.click(button("Save draft"));
  await waitFor(() => expect(made(backend)[0]).toMatchObject({ campaign_id: "camp-2" }));
});

const QUOTA = {
  account_id: "acc-x",
  platform: "twitter",
  limit: 300,
  window_seconds: 10_800,
  left: 3,
  next_free_at: at(3600),
};

it("tells calmly when little is left of a quota", async () => {
  const backend = new FakeBackend();
  backend.quotas = [QUOTA];
  const { user } = await shown(backend);
  await user.click(button("In 5 minutes"));
  expect(await screen.findByText("@harbourcafe: 3 of 300 left in 3 h")).toBeVisible();
});

it("offers the next free moment when a quota is full, or to schedule anyway", async () => {
  const backend = new FakeBackend();
  backend.quotas = [{ ...QUOTA, left: 0 }];
  const { user, text, places } = await shown(backend);
  await user.type(text, "Too many");
  await user.click(button("In 5 minutes"));
  await user.click(await screen.findByRole("button", { name: "Use 13:28:05" }));
  expect(await screen.findByText("Sun 22 Nov 2026, 13:28:05 CET")).toBeVisible();
  await user.click(await screen.findByRole("button", { name: "Schedule anyway" }));
  await waitFor(() => expect(places).toEqual(["/posts/"]));
  expect(made(backend)[0]).toMatchObject({
    accept_over_quota: true,
    scheduled_at: "2026-11-22T13:28:05",
  });
});
