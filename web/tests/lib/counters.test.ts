import { describe, expect, it } from "vitest";
import { bytes, countText, fits } from "@/lib/platforms/counters";
import { PLATFORMS } from "../fake/posts";

function limitsOf(name: string) {
  const found = PLATFORMS.find((one) => one.name === name);
  if (!found) throw new Error(`No platform ${name}`);
  return found.text;
}

const x = limitsOf("twitter");
const bluesky = limitsOf("bluesky");
const mastodon = limitsOf("mastodon");
const family = "👨‍👩‍👧‍👦";

describe("X counts weighted", () => {
  it.each([
    ["Hi http://test.co", 26],
    ["http://test.co", 23],
    ["一".repeat(160), 320],
    ["A\u0301B", 2],
    [`H🐱☺${family}`, 7],
    ["😷👾😡🔥💩", 10],
    ["🙋🏽👨‍🎤", 4],
    [family.repeat(140), 280],
    ["1\u20e3", 2],
    ["https://www.twitter.com/aloha ".repeat(10), 240],
  ])("%s", (text, length) => {
    expect(countText(text, x)).toBe(length);
  });

  it("knows what fits", () => {
    expect(fits(family.repeat(140), x)).toBe(true);
    expect(fits("一".repeat(141), x)).toBe(false);
  });
});

describe("Bluesky counts graphemes", () => {
  it("counts a family of emoji as one, and links in full", () => {
    expect(countText(family, bluesky)).toBe(1);
    expect(countText("http://test.co", bluesky)).toBe(14);
  });

  it("limits the bytes as well", () => {
    expect(fits("a".repeat(300), bluesky)).toBe(true);
    expect(bytes(family.repeat(130))).toBe(3250);
    expect(fits(family.repeat(130), bluesky)).toBe(false);
  });
});

describe("LinkedIn counts UTF-16 units", () => {
  it("counts a family of emoji as the eleven it is made of", () => {
    const limits = { ...x, counting: "utf16", maximum: 3000 };
    expect(countText(family, limits)).toBe(11);
    expect(fits("a".repeat(3000), limits)).toBe(true);
    expect(fits("😀".repeat(1501), limits)).toBe(false);
  });
});

describe("Mastodon counts links as 23", () => {
  it.each([
    ["https://harbour.example/a/very/long/path?with=a&query=too", 23],
    ["see https://a.example, and https://b.example.", 4 + 23 + 6 + 23 + 1],
    ["harbour.example", 15],
    ["@mira@mastodon.social hello", 11],
    [family, 1],
  ])("%s", (text, length) => {
    expect(countText(text, mastodon)).toBe(length);
  });
});
