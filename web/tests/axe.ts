import axe from "axe-core";
import { expect } from "vitest";

/** Colours are left to the browser tests: jsdom computes none. */
export async function expectNoViolations(element: Element): Promise<void> {
  const { violations } = await axe.run(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
}
