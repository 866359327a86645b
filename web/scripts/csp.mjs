// Writes out/csp.json: for each exported page the hashes of its inline scripts, so that the
// server can forbid every other one. Fails on what a hash cannot allow.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const TAG = /<[a-z][^\s/>]*(?:\s+[^\s=>]+(?:=(?:"[^"]*"|'[^']*'|[^\s>]*))?)*\s*\/?>/gi;
const HANDLER = /\son[a-z]+\s*=/i;
const SCRIPT_ADDRESS = /\s(?:href|src|action)\s*=\s*["']?\s*javascript:/i;

/** Hashes of every inline script of a page; throws on what no hash can allow. */
export function scriptHashes(html, page) {
  const hashes = new Set();
  const rest = html.replace(SCRIPT, (_, attributes, body) => {
    const address = /\ssrc\s*=\s*["']?([^"'\s>]+)/i.exec(attributes)?.[1];
    if (HANDLER.test(attributes)) throw new Error(`${page}: an inline event handler on a script`);
    if (address === undefined) hashes.add(`'sha256-${sha256(body)}'`);
    else if (!/^\/(?!\/)/.test(address)) throw new Error(`${page}: a script from ${address}`);
    return "";
  });
  if (/<script\b/i.test(rest)) throw new Error(`${page}: a script that does not end`);
  for (const [tag] of rest.matchAll(TAG)) {
    const bare = tag.replace(/=\s*(?:"[^"]*"|'[^']*')/g, "=");
    if (HANDLER.test(bare)) throw new Error(`${page}: an inline event handler: ${tag}`);
    if (SCRIPT_ADDRESS.test(tag)) throw new Error(`${page}: a javascript: address: ${tag}`);
  }
  return [...hashes].sort();
}

function sha256(text) {
  return createHash("sha256").update(text, "utf8").digest("base64");
}

function main() {
  const pages = readdirSync(OUT, { recursive: true })
    .filter((name) => name.endsWith(".html"))
    .sort();
  const policy = {};
  for (const name of pages) {
    const page = `/${relative(OUT, join(OUT, name)).split(sep).join("/")}`;
    policy[page] = scriptHashes(readFileSync(join(OUT, name), "utf8"), page);
  }
  writeFileSync(join(OUT, "csp.json"), `${JSON.stringify(policy, null, 1)}\n`);
  console.log(`csp.json: ${pages.length} pages`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
