import twitter from "twitter-text";
import type { TextLimits } from "../python-backend/types";

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const HTTP_URL = /https?:\/\/[^\s<>"]*[^\s<>".,:;!?)\]]/giu;
const REMOTE_MENTION = /(?<![\w/@])@(\w+)@[\w.-]+\w/gu;

/** How long `text` is as that platform counts it. */
export function countText(text: string, limits: TextLimits): number {
  switch (limits.counting) {
    case "weighted":
      return twitter.parseTweet(text).weightedLength;
    case "mastodon":
      return graphemes(asMastodonCounts(text, limits.url_length ?? 23));
    case "utf16":
      return text.length;
    case "code_points":
      return [...text].length;
    case "bytes":
      return bytes(text);
    default:
      return graphemes(text);
  }
}

/** Whether the platform would take a text of this length (its byte limit included). */
export function fits(text: string, limits: TextLimits): boolean {
  if (countText(text, limits) > limits.maximum) return false;
  return !limits.maximum_bytes || bytes(text) <= limits.maximum_bytes;
}

export function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function graphemes(text: string): number {
  return [...segmenter.segment(text)].length;
}

function asMastodonCounts(text: string, urlLength: number): string {
  return text.replace(HTTP_URL, "x".repeat(urlLength)).replace(REMOTE_MENTION, "@$1");
}
