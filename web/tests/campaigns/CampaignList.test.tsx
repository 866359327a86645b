import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { CampaignList } from "@/components/campaigns/CampaignList";
import { NewCampaign } from "@/components/campaigns/NewCampaign";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { show } from "../render";

const both = (
  <>
    <NewCampaign />
    <CampaignList />
  </>
);

it("tells how far a campaign is and leads to its posts", async () => {
  const { container } = show(both);
  expect(await screen.findByText("3 of 5 published · 2 waiting")).toBeVisible();
  expect(screen.getByRole("link", { name: "Winter menu" })).toHaveAttribute(
    "href",
    expect.stringContaining("campaign=camp-1"),
  );
  await expectNoViolations(container);
});

it("creates, renames, pauses and deletes", async () => {
  const { user, backend } = show(both);
  await user.click(screen.getByRole("button", { name: "New campaign" }));
  await user.type(await screen.findByRole("textbox", { name: "Name" }), "Terrace");
  await user.click(screen.getByRole("button", { name: "Create" }));
  await user.click(await screen.findByRole("button", { name: "Pause Terrace" }));
  expect(await screen.findByRole("button", { name: "Resume Terrace" })).toBeVisible();
  await user.click(screen.getByRole("button", { name: "More actions for Winter menu" }));
  await user.click(await screen.findByRole("menuitem", { name: "Rename" }));
  const name = await screen.findByRole("textbox", { name: "Name" });
  await user.clear(name);
  await user.type(name, "Summer menu");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await user.click(await screen.findByRole("button", { name: "More actions for Summer menu" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Delete “Summer menu”?" }));
  await user.click(dialog.getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(screen.queryByText("Summer menu")).not.toBeInTheDocument());
  expect(backend.campaigns.map((one) => one.name)).toEqual(["Terrace"]);
});

it("says at the field why a name is refused", async () => {
  const backend = new FakeBackend();
  backend.refusals.push({
    match: /^POST \/campaigns$/,
    status: 409,
    body: { code: "campaign_exists", detail: "There is a campaign of this name." },
  });
  const { user } = show(both, backend);
  await user.click(screen.getByRole("button", { name: "New campaign" }));
  const name = await screen.findByRole("textbox", { name: "Name" });
  await user.type(name, "Winter menu{Enter}");
  expect(await screen.findByText("There is a campaign of this name.")).toBeVisible();
  expect(name).toBeInvalid();
});
