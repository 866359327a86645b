import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { NoticesCard } from "@/components/settings/NoticesCard";
import { show } from "../render";

it("turns a person's e-mail notices off, and says so", async () => {
  const { backend, user } = show(<NoticesCard />);
  const choice = screen.getByRole("switch", { name: /^Mail me what needs a person/ });
  expect(choice).toBeChecked();
  expect(screen.getByText(/mira@harbour\.example/)).toBeVisible();
  await user.click(choice);
  expect(await screen.findByText("E-mail notices are off")).toBeVisible();
  expect(backend.asked.at(-1)).toMatchObject({ call: "PUT /auth/notices", body: { mail: false } });
});

it("stays as it was when the server refuses", async () => {
  const { backend, user } = show(<NoticesCard />);
  backend.refusals.push({
    match: /PUT \/auth\/notices/,
    status: 403,
    body: { code: "forbidden", detail: "Not from here." },
  });
  const choice = screen.getByRole("switch");
  await user.click(choice);
  expect(await screen.findByText("Not from here.")).toBeVisible();
  expect(choice).toBeChecked();
});
