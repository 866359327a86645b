import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import ScheduleModal from "@/components/schedule/ScheduleModal";
import type { ChosenMoment } from "@/lib/posts/moment";
import { ApiProblem } from "@/lib/python-backend/problem";
import { NOW } from "../fake/posts";
import { show } from "../render";

const ZONE = "Europe/Berlin";

function open(from: number, refusal?: ApiProblem) {
  const chosen: ChosenMoment[] = [];
  const refusals = refusal ? [refusal] : [];
  let closed = 0;
  const onSchedule = async (moment: ChosenMoment) => {
    chosen.push(moment);
    const refused = refusals.pop();
    if (refused) throw refused;
  };
  const onClose = () => {
    closed += 1;
  };
  const shown = show(
    <ScheduleModal onClose={onClose} zone={ZONE} from={from} onSchedule={onSchedule} />,
  );
  return { ...shown, chosen, closed: () => closed };
}

const schedule = () => screen.findByRole("button", { name: "Schedule" });

it("proposes a moment and says it back in both zones", async () => {
  open(NOW + 3_600_000);
  expect(await screen.findByText("Sun 22 Nov 2026, 13:28:05 CET")).toBeVisible();
  expect(screen.getByText("Sun 22 Nov 2026, 07:28:05 EST for you (New York)")).toBeVisible();
});

it("schedules to the second", async () => {
  const { user, chosen, closed } = open(NOW + 3_600_000);
  const seconds = await screen.findByRole("spinbutton", { name: "Seconds" });
  await user.click(seconds);
  await user.keyboard("42");
  await user.click(await schedule());
  expect(chosen).toEqual([
    {
      wall: { date: "2026-11-22", time: "13:28:42" },
      zone: ZONE,
      fold: undefined,
      instant: undefined,
    },
  ]);
  expect(closed()).toBe(1);
});

it("asks which reading is meant where the time happens twice", async () => {
  const { user, chosen } = open(
    Date.parse("2027-10-31T00:30:00Z"),
    new ApiProblem(422, {
      code: "time_ambiguous",
      detail: "02:30 happens twice that night.",
      readings: [
        { fold: 0, instant: "2027-10-31T00:30:00.000000Z" },
        { fold: 1, instant: "2027-10-31T01:30:00.000000Z" },
      ],
    }),
  );
  expect(await screen.findByText(/happens twice. You will be asked/)).toBeVisible();
  await user.click(await schedule());
  expect(await screen.findByText("02:30 happens twice that night.")).toBeVisible();
  await user.click(
    screen.getByRole("button", { name: "Sun 31 Oct 2027, 02:30 CETthe second time" }),
  );
  expect(chosen.at(-1)).toMatchObject({ fold: 1, instant: undefined });
});

it("asks which reading is meant where the time does not exist", async () => {
  const { user, chosen } = open(
    Date.parse("2027-03-28T00:30:00Z"),
    new ApiProblem(422, {
      code: "time_in_gap",
      detail: "02:30 does not exist that night.",
      readings: ["2027-03-28T00:30:00.000000Z", "2027-03-28T01:30:00.000000Z"],
    }),
  );
  await user.click(await schedule());
  await user.click(await screen.findByRole("button", { name: "Sun 28 Mar 2027, 03:30 CEST" }));
  expect(chosen.at(-1)?.instant).toBe("2027-03-28T01:30:00.000000Z");
});

it("says why the server refused, and stays open", async () => {
  const { user, closed } = open(
    NOW + 60_000,
    new ApiProblem(422, { code: "time_too_far", detail: "Choose a time within five years." }),
  );
  await user.click(await schedule());
  expect(await screen.findByText("Choose a time within five years.")).toBeVisible();
  expect(closed()).toBe(0);
});
