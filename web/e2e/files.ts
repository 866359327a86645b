import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { PROGRAM } from "./server";

export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A picture of one colour, as a browser draws it. */
export async function drawn(
  page: Page,
  name: string,
  colour: string,
  [width, height] = [320, 200],
): Promise<TestFile> {
  const data = await page.evaluate(
    ([fill, across, down]) => {
      const canvas = document.createElement("canvas");
      canvas.width = across;
      canvas.height = down;
      const context = canvas.getContext("2d");
      if (context) {
        context.fillStyle = fill;
        context.fillRect(0, 0, across, down);
      }
      return canvas.toDataURL("image/png").split(",")[1] ?? "";
    },
    [colour, width ?? 320, height ?? 200] as const,
  );
  return { name, mimeType: "image/png", buffer: Buffer.from(data, "base64") };
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPT = `
import sys
from tests.fixtures.videos import video
sys.stdout.buffer.write(video(size=(540, 960), seconds=10, rate=30))
`;
let made: Promise<TestFile> | null = null;

/** A small upright video with sound that every platform takes: ten seconds of H.264 and AAC. */
export function filmed(): Promise<TestFile> {
  made ??= film();
  return made;
}

async function film(): Promise<TestFile> {
  const python = join(dirname(PROGRAM), "python");
  const { stdout } = await promisify(execFile)(python, ["-c", SCRIPT], {
    cwd: ROOT,
    encoding: "buffer",
    maxBuffer: 1 << 24,
  });
  return { name: "harbour.mp4", mimeType: "video/mp4", buffer: stdout };
}
