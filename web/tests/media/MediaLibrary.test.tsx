import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { MediaLibrary } from "@/components/media/MediaLibrary";
import { expectNoViolations } from "../axe";
import { FakeBackend, picture } from "../fake/backend";
import { show } from "../render";

it("tells how much there is, and searches", async () => {
  const backend = new FakeBackend();
  backend.media = [picture("m-1", "quay.png")];
  const { user, container } = show(<MediaLibrary />, backend);
  expect(await screen.findByRole("button", { name: "Open quay.png" })).toBeVisible();
  expect(await screen.findByText("1 file, 4.2 MB")).toBeVisible();
  await expectNoViolations(container);
  backend.media = [];
  await user.type(screen.getByRole("searchbox", { name: /^Search/ }), "boat");
  expect(await screen.findByText("No file matches")).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("button", { name: /^Open/ })).toBeNull());
});
