import { expect, it } from "vitest";
import { altRoom } from "@/lib/posts/altText";
import { PLATFORMS } from "../fake/posts";

it("asks for what the strictest platform takes, and names those that show none", () => {
  const [first] = PLATFORMS;
  const { images } = first ?? {};
  if (!first || !images) throw new Error("The first platform takes pictures");
  const mute = { ...first, label: "Mute", images: { ...images, max_alt: 0 } };
  expect(altRoom([...PLATFORMS, mute], false)).toEqual({ most: 1000, silent: ["Mute"] });
  expect(altRoom([mute], false)).toEqual({ most: 2000, silent: ["Mute"] });
  expect(altRoom([mute], true)).toEqual({ most: 2000, silent: [] });
});
