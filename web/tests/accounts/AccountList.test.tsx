import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { AccountList } from "@/components/accounts/AccountList";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { ACCOUNTS, at } from "../fake/posts";
import { show } from "../render";

it("pauses an account and lets it go on", async () => {
  const { user, container } = show(<AccountList />);
  await user.click(await screen.findByRole("button", { name: "Pause @harbourcafe" }));
  const resume = await screen.findByRole("button", { name: "Resume @harbourcafe" });
  expect(screen.getByText("Nothing goes out to it; what becomes due waits.")).toBeVisible();
  await expectNoViolations(container);
  await user.click(resume);
  expect(await screen.findByRole("button", { name: "Pause @harbourcafe" })).toBeVisible();
});

it("says until when a platform takes nothing", async () => {
  const backend = new FakeBackend();
  backend.accounts = ACCOUNTS.map((one) => ({ ...one, blocked_until: at(600) })).slice(0, 1);
  show(<AccountList />, backend);
  expect(await screen.findByText(/X takes nothing from it until/)).toHaveTextContent(
    "12:38:05 CET",
  );
});
