// @vitest-environment node
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scriptHashes } from "@/scripts/csp.mjs";

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("the policy of a page", () => {
  it("allows its inline scripts by their hashes, and its own files", () => {
    const html =
      '<head><script>a("<b onclick=x>")</script><script src="/_next/a.js" async></script></head>';
    expect(scriptHashes(html, "/")).toEqual([hash('a("<b onclick=x>")')]);
  });

  it.each([
    ["an event handler", '<button class="x" onclick="go()">'],
    ["an event handler without quotes", "<img src=x onerror=go()>"],
    ["a javascript: address", '<a href="javascript:go()">'],
    ["a script from elsewhere", '<script src="https://elsewhere.example/a.js"></script>'],
    ["a protocol-relative script", '<script src="//elsewhere.example/a.js"></script>'],
    ["a script that does not end", "<script>go()"],
  ])("refuses %s", (_, html) => {
    expect(() => scriptHashes(html, "/")).toThrow("/: ");
  });

  it("does not mistake words in an attribute for a handler", () => {
    expect(scriptHashes('<a title="turn on=off" href="/x">turn onclick=off</a>', "/")).toEqual([]);
  });
});
