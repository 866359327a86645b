import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { AccountList } from "@/components/accounts/AccountList";
import { VisitPanel } from "@/components/accounts/connect/VisitPanel";
import { AppKeysCard } from "@/components/settings/AppKeysCard";
import type { Profile, Visit } from "@/lib/python-backend/types";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { ACCOUNTS, at } from "../fake/posts";
import { show } from "../render";

function profile(id: string, change: Partial<Profile> = {}): Profile {
  return {
    remote_id: id,
    handle: id,
    name: `Page ${id}`,
    avatar_url: null,
    kind: "Page",
    server: null,
    problem: "",
    account_id: null,
    ...change,
  };
}

function visit(change: Partial<Visit>): Visit {
  return {
    id: "v1",
    platform: "twitter",
    way: "profile",
    sandbox: true,
    account_id: null,
    status: "pick",
    problem: null,
    profiles: [],
    accounts: [],
    expires_at: at(600),
    ...change,
  };
}

it("says what is missing before a platform can be connected, and takes a pretend one", async () => {
  const { user } = show(<AccountList />);
  await user.click(await screen.findByRole("button", { name: "Connect account" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(await within(dialog).findByRole("button", { name: "X" }));
  expect(within(dialog).getByText("Setup required")).toBeVisible();
  expect(within(dialog).getByText(/POSTCLOCK_APP_TWITTER=id:secret/)).toBeVisible();
  expect(within(dialog).getByLabelText("Redirect address")).toHaveValue(
    "https://posts.example.org/api/v1/oauth/twitter/callback",
  );
  await user.click(within(dialog).getByRole("switch", { name: /Pretend account/ }));
  expect(within(dialog).getByRole("button", { name: "Continue to X" })).toBeEnabled();
  await expectNoViolations(dialog);
});

it("lets pick among profiles, and not what cannot be connected", async () => {
  const backend = new FakeBackend();
  backend.visit = visit({
    profiles: [
      profile("a"),
      profile("b", { problem: "You may not publish on this Page." }),
      profile("c", { account_id: "acc-x" }),
    ],
  });
  const { user, container } = show(<VisitPanel id="v1" onDone={() => undefined} />, backend);
  const one = await screen.findByRole("checkbox", { name: /Page a/ });
  expect(one).toBeChecked();
  expect(screen.getByRole("checkbox", { name: /Page b/ })).toBeDisabled();
  expect(screen.getByRole("checkbox", { name: /Page c/ })).not.toBeChecked();
  await expectNoViolations(container);
  backend.visit = visit({ status: "connected", accounts: ["acc-n"] });
  await user.click(screen.getByRole("button", { name: "Connect 1 profile" }));
  expect(backend.asked.at(-1)).toBeDefined();
  const sent = backend.asked.find(({ call }) => call === "POST /oauth/visits/v1/connect");
  expect(sent?.body).toEqual({ profiles: ["a"] });
});

it("tells why nothing was connected", async () => {
  const backend = new FakeBackend();
  backend.visit = visit({
    status: "failed",
    problem: { code: "consent_denied", message: "X was not allowed to connect." },
  });
  show(<VisitPanel id="v1" onDone={() => undefined} />, backend);
  expect(await screen.findByText("X was not allowed to connect.")).toBeVisible();
});

it("offers to connect again what needs a person, and says why", async () => {
  const backend = new FakeBackend();
  const [first] = ACCOUNTS;
  if (!first) throw new Error("no account");
  backend.accounts = [{ ...first, status: "needs_login", problem: "X revoked this login." }];
  const { user } = show(<AccountList />, backend);
  expect(await screen.findByText("X revoked this login.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Connect again: @harbourcafe" }));
  expect(await screen.findByRole("dialog", { name: /Connect @harbourcafe again/ })).toBeVisible();
});

it("warns of a login that ends and that nothing renews", async () => {
  const backend = new FakeBackend();
  const [first, second] = ACCOUNTS;
  if (!first || !second) throw new Error("no accounts");
  const ends = at(3 * 86_400);
  backend.accounts = [
    { ...first, login_ends_at: ends },
    { ...second, login_ends_at: ends, renew_at: at(600) },
  ];
  show(<AccountList />, backend);
  expect(await screen.findByText(/nothing renews it: connect it again now/)).toBeVisible();
  expect(screen.getByText(/Login renewed by itself/)).toBeVisible();
});

it("removes an account once that was explained", async () => {
  const { user, backend } = show(<AccountList />);
  await user.click(await screen.findByRole("button", { name: "More about @harbourcafe" }));
  await user.click(await screen.findByRole("menuitem", { name: "Remove" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove @harbourcafe?" });
  await user.click(within(dialog).getByRole("button", { name: "Remove" }));
  expect(await screen.findByText(/harbourcafe.bsky.social/)).toBeVisible();
  expect(backend.asked.some(({ call }) => call === "DELETE /accounts/acc-x")).toBe(true);
});

it("takes app keys and never shows the secret", async () => {
  const { user, backend } = show(<AppKeysCard />);
  await user.click(await screen.findByRole("button", { name: "Enter keys for X" }));
  await user.type(screen.getByLabelText("App id"), "client-1");
  await user.type(screen.getByLabelText("App secret"), "hush");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("App client-1")).toBeVisible();
  const sent = backend.asked.find(({ call }) => call === "PUT /app-keys/twitter");
  expect(sent?.body).toEqual({ client_id: "client-1", client_secret: "hush" });
  expect(screen.queryByText("hush")).toBeNull();
});

it("says so when a visit came back in another browser", async () => {
  show(<AccountList />, new FakeBackend(), "?problem=visit_elsewhere");
  expect(await screen.findByText(/begun in another browser/)).toBeVisible();
});
