import type { DetailedError } from "tus-js-client";
import { answer, api } from "../client";
import { ApiProblem, recordIn } from "../problem";
import type { Media } from "../types";

/** Why an upload is broken off that may go on later: what has arrived is kept. */
export const LEFT = "left";
const SMALL = 8 * 1024 * 1024;
/** What one request carries at most, since servers in between limit a body. */
const PIECE = 16 * 1024 * 1024;
/** How long is waited before each try after a cut, in milliseconds. */
const WAITS = [0, 1000, 3000, 5000, 10_000, 20_000];

type Report = (part: number) => void;

/**
 * Uploads a file and says how far it is, from 0 to 1; raises ApiProblem, also when aborted.
 *
 * Videos and large files go in pieces: after a cut they go on where they stood, also when the
 * same file is chosen again.
 */
export function uploadMedia(file: File, report: Report, signal: AbortSignal): Promise<Media> {
  const whole = file.size <= SMALL && !file.type.startsWith("video/");
  return whole ? uploadWhole(file, report, signal) : uploadInPieces(file, report, signal);
}

/** Not fetch: only XMLHttpRequest tells how much of a body has left. */
function uploadWhole(file: File, report: Report, signal: AbortSignal): Promise<Media> {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  signal.addEventListener("abort", () => request.abort());
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (total > 0) report(loaded / total);
  });
  return new Promise((resolve, reject) => {
    const unreachable = () => reject(ApiProblem.unreachable());
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      if (status === 201) resolve(recordIn(responseText) as unknown as Media);
      else reject(ApiProblem.read(status, responseText));
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, unreachable);
    request.open("POST", "/api/v1/media");
    request.send(form);
  });
}

async function uploadInPieces(file: File, report: Report, signal: AbortSignal): Promise<Media> {
  const { Upload } = await import("tus-js-client");
  const id = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: new URL("/api/v1/media/uploads", window.location.href).href,
      chunkSize: PIECE,
      retryDelays: WAITS,
      metadata: { filename: file.name },
      removeFingerprintOnSuccess: true,
      onShouldRetry: (error) => mayPass(statusOf(error)),
      onProgress: (sent, total) => report(sent / total),
      onError: (error) => reject(problemOf(error)),
      onSuccess: () => {
        signal.removeEventListener("abort", stop);
        resolve(upload.url?.split("/").at(-1) ?? "");
      },
    });
    const stop = () => {
      // What is stopped on purpose is forgotten; silence about that changes nothing here.
      void upload.abort(signal.reason !== LEFT).catch(() => undefined);
      reject(ApiProblem.unreachable());
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop);
    void upload.findPreviousUploads().then(([begun]) => {
      if (begun) upload.resumeFromPreviousUpload(begun);
      if (!signal.aborted) upload.start();
    });
  });
  const { media } = await answer(
    api.GET("/api/v1/media/uploads/{upload_id}", { params: { path: { upload_id: id } } }),
  );
  if (!media) throw ApiProblem.unreachable();
  return media;
}

type Failure = Error | DetailedError;

/** The status that was answered; 0: none was. */
function statusOf(error: Failure): number {
  return ("originalResponse" in error && error.originalResponse?.getStatus()) || 0;
}

/** Whether another try may do better: silence, a fault, or another request at the same upload. */
function mayPass(status: number): boolean {
  return status === 0 || status === 409 || status === 423 || status >= 500;
}

function problemOf(error: Failure): ApiProblem {
  const status = statusOf(error);
  if (status === 0 || !("originalResponse" in error)) return ApiProblem.unreachable();
  return ApiProblem.read(status, error.originalResponse?.getBody() ?? "");
}
