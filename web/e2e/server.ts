import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface RunningServer {
  url: string;
  /** The one-time address with which the first owner is made. */
  welcome: string;
  /** Its data directory. */
  data: string;
  stop(): Promise<void>;
}

/** The program to test: the named one, or the one that "make setup" installed. */
export const PROGRAM =
  process.env.POSTCLOCK_BIN ?? fileURLToPath(new URL("../../.venv/bin/postclock", import.meta.url));
const START_LIMIT = 90_000;
const STOP_LIMIT = 20_000;

/** Starts a whole Postclock with data of its own, and waits until it prints its one-time link. */
export async function startServer(): Promise<RunningServer> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "make setup" first.`);
  const data = await mkdtemp(join(tmpdir(), "postclock-e2e-"));
  // Run by root, PostgreSQL becomes a user of its own, which has to pass through.
  await chmod(data, 0o711);
  const port = await freePort();
  const child = spawn(PROGRAM, ["run"], {
    env: {
      ...process.env,
      POSTCLOCK_DATA_DIR: data,
      POSTCLOCK_HOST: "127.0.0.1",
      POSTCLOCK_PORT: String(port),
      NO_COLOR: "1",
      COLUMNS: "400",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const stop = async () => {
    await end(child);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const welcome = await linkOf(child, said);
    return { url: new URL(welcome).origin, welcome, data, stop };
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${said.slice(-40).join("\n")}`);
  }
}

function linkOf(child: ChildProcess, said: string[]): Promise<string> {
  mkdirSync("test-results", { recursive: true });
  const log = createWriteStream("test-results/server.log");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("The server printed no one-time link in time.")),
      START_LIMIT,
    );
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface(stream).on("line", (line) => {
        said.push(line);
        log.write(`${line}\n`);
        const link = /https?:\/\/\S+\/welcome\/\?token=[^\s"']+/.exec(line)?.[0];
        if (!link) return;
        clearTimeout(timer);
        resolve(link);
      });
    }
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}
