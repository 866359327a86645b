// Serves out/ with the fake backend behind it, to look at pages without the real server:
//   node tests/fake/serve.ts [port] [signed-out|first-owner|empty]
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeBackend } from "./backend.ts";

const OUT = fileURLToPath(new URL("../../out/", import.meta.url));
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
};
const policy: Record<string, string[]> = JSON.parse(readFileSync(join(OUT, "csp.json"), "utf8"));
const [port = "4173", mode] = process.argv.slice(2);

const backend = new FakeBackend();
if (mode === "signed-out" || mode === "first-owner") backend.signedIn = false;
if (mode === "first-owner") backend.ownerNeeded = true;
if (mode === "empty") backend.posts = [];

createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", `http://127.0.0.1:${port}`);
  if (url.pathname === "/api/v1/stream") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(
      `event: hello\ndata: {"server_time":"${new Date(backend.now()).toISOString()}"}\n\n`,
    );
    return;
  }
  if (url.pathname.startsWith("/api/")) {
    const answer = await backend.handle(await asRequest(request, url));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
    return;
  }
  const file = fileOf(url.pathname);
  if (!file) return void response.writeHead(404).end();
  const page = `/${file.slice(OUT.length)}`;
  response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
  response.setHeader("Content-Security-Policy", csp(policy[page] ?? []));
  createReadStream(file).pipe(response);
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));

function fileOf(path: string): string | null {
  const wanted = join(OUT, normalize(decodeURIComponent(path)));
  const file = path.endsWith("/") ? join(wanted, "index.html") : wanted;
  return file.startsWith(OUT) && existsSync(file) && statSync(file).isFile() ? file : null;
}

function csp(hashes: string[]): string {
  return [
    "default-src 'self'",
    `script-src ${["'self'", ...hashes].join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
}

async function asRequest(request: IncomingMessage, url: URL): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  return new Request(url, { method: request.method, body });
}
