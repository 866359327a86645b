import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { Bell } from "@/components/shell/Bell";
import { PausedBanner } from "@/components/shell/PausedBanner";
import { FakeBackend } from "../fake/backend";
import { at } from "../fake/posts";
import { show } from "../render";

it("leads from a notification to its post, and counts it as read", async () => {
  const { user, backend } = show(<Bell />);
  await user.click(await screen.findByRole("button", { name: /1 unread/ }));
  const link = await screen.findByRole("link", { name: "Not published on X" });
  expect(link).toHaveAttribute("href", expect.stringContaining("post=p-6"));
  await user.click(link);
  await waitFor(() =>
    expect(backend.asked.map(({ call }) => call)).toContain("POST /notifications/n-1/read"),
  );
});

it("says on every page that the workspace is paused, with the way out of it", async () => {
  const backend = new FakeBackend();
  backend.workspace = { ...backend.workspace, paused_at: at(-60) };
  const { user } = show(<PausedBanner />, backend);
  await user.click(screen.getByRole("button", { name: "Resume Harbour Café" }));
  await waitFor(() =>
    expect(backend.asked.map(({ call }) => call)).toContain("POST /workspace/resume"),
  );
});
