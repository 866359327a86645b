import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { LateBanner } from "@/components/shell/LateBanner";
import { SystemView } from "@/components/system/SystemView";
import { expectNoViolations } from "../axe";
import { FakeBackend } from "../fake/backend";
import { show } from "../render";

const both = (
  <>
    <LateBanner />
    <SystemView />
  </>
);

it("tells that all is well, how punctual posts are, and who waits", async () => {
  const { container } = show(both);
  expect(await screen.findByText("Everything runs: posts leave on time.")).toBeVisible();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  expect(screen.getByText("+0.021 s")).toBeVisible();
  expect(screen.getByText("0.4 ms ahead")).toBeVisible();
  expect(screen.getAllByRole("link", { name: "1" })[0]).toHaveAttribute(
    "href",
    expect.stringContaining("status=unconfirmed"),
  );
  await expectNoViolations(container);
});

it("warns everywhere when due work does not move, and says what to do", async () => {
  const backend = new FakeBackend();
  const { server } = backend.system;
  backend.system = {
    ...backend.system,
    nodes_listening: 0,
    due: { overdue: 12, oldest_overdue_seconds: 95, moves: false },
    server: server && {
      ...server,
      nodes: [],
      warnings: [{ code: "no_node_listens", message: "Start one with `postclock node`." }],
    },
  };
  show(both, backend);
  const banner = await screen.findByRole("alert");
  expect(banner).toHaveTextContent("No publishing node is listening.");
  expect((await screen.findByText("postclock node")).tagName).toBe("CODE");
  expect(
    screen.getByText("12 deliveries are past the moment, the oldest by 1 min 35 s"),
  ).toBeVisible();
  expect(screen.queryByText(/Everything runs/)).not.toBeInTheDocument();
});

it("tells those who may not administer whom to ask", async () => {
  const backend = new FakeBackend();
  backend.system = {
    ...backend.system,
    due: { overdue: 1, oldest_overdue_seconds: 95, moves: false },
    server: null,
  };
  show(both, backend);
  expect(await screen.findByText(/Tell the person who runs this server/)).toBeVisible();
});
