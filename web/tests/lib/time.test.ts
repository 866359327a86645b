import { describe, expect, it } from "vitest";
import { amount, dayKey, fullMoment, lateness, timeOf } from "@/lib/time/format";
import { localTime } from "@/lib/time/local";
import { dayAfter, readWall, wallOf } from "@/lib/time/wall";
import { zoneName } from "@/lib/time/zone";
import { NOW } from "../fake/posts";

const BERLIN = "Europe/Berlin";

describe("wall-clock times", () => {
  it("reads an ordinary one", () => {
    const reading = readWall({ date: "2026-11-22", time: "12:28:05" }, BERLIN);
    expect(reading).toEqual({ kind: "one", instant: NOW });
  });

  it("knows one that does not exist, with both readings", () => {
    const reading = readWall({ date: "2027-03-28", time: "02:30:00" }, BERLIN);
    expect(reading).toEqual({
      kind: "gap",
      instants: [Date.parse("2027-03-28T00:30:00Z"), Date.parse("2027-03-28T01:30:00Z")],
    });
  });

  it("knows one that happens twice", () => {
    const reading = readWall({ date: "2027-10-31", time: "02:30:00" }, BERLIN);
    expect(reading).toEqual({
      kind: "twice",
      instants: [Date.parse("2027-10-31T00:30:00Z"), Date.parse("2027-10-31T01:30:00Z")],
    });
  });

  it("is not readable while it is incomplete", () => {
    expect(readWall({ date: "", time: "12:00" }, BERLIN)).toBeNull();
    expect(readWall({ date: "2026-02-30", time: "12:00" }, BERLIN)).toBeNull();
  });

  it("goes to and fro", () => {
    expect(wallOf(NOW, BERLIN)).toEqual({ date: "2026-11-22", time: "12:28:05" });
    expect(localTime({ date: "2026-11-22", time: "12:28" })).toBe("2026-11-22T12:28:00");
    expect(dayAfter(NOW, BERLIN, 9, "09:00:00")).toEqual({ date: "2026-12-01", time: "09:00:00" });
  });
});

describe("words for times", () => {
  it("says the exact moment with its zone", () => {
    expect(fullMoment(NOW, BERLIN)).toBe("Sun 22 Nov 2026, 12:28:05 CET");
    expect(timeOf(NOW - 5000, BERLIN)).toBe("12:28");
    expect(dayKey(NOW, "Pacific/Auckland")).toBe("2026-11-23");
  });

  it.each([
    [BERLIN, "CET"],
    ["America/New_York", "EST"],
    ["Asia/Tokyo", "UTC+9"],
    ["UTC", "UTC"],
  ])("names %s %s", (zone, name) => {
    expect(zoneName(NOW, zone)).toBe(name);
  });

  it.each([
    [400, "0 s"],
    [8_000, "8 s"],
    [250_000, "4 min 10 s"],
    [1_500_000, "25 min"],
    [7_500_000, "2 h 5 min"],
    [97_200_000, "1 d 3 h"],
  ])("says %i ms as %s", (length, words) => {
    expect(amount(length)).toBe(words);
  });

  it("says lateness to the millisecond", () => {
    expect(lateness(4)).toBe("+0.004 s");
    expect(lateness(123_000)).toBe("+2 min 3 s");
  });
});
