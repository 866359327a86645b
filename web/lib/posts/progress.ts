import type { Campaign } from "../python-backend/types";

export interface CampaignProgress {
  total: number;
  published: number;
  waiting: number;
  /** How many need a person. */
  stuck: number;
}

const WAITING = ["scheduled", "publishing"];
const STUCK = ["failed", "missed", "unconfirmed", "partially_published"];

/** How far a campaign's posts are. */
export function progressOf({ posts }: Pick<Campaign, "posts">): CampaignProgress {
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + (posts[name] ?? 0), 0);
  return {
    total: sum(Object.keys(posts)),
    published: sum(["published"]),
    waiting: sum(WAITING),
    stuck: sum(STUCK),
  };
}
