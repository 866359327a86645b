import type { Post, PostWish } from "../python-backend/types";
import { localTime, type Wall } from "../time/local";

/** When a post shall go out, as the person chose it. */
export interface ChosenMoment {
  wall: Wall;
  zone: string;
  /** Which of two, where the clocks go back. */
  fold?: 0 | 1;
  /** The exact instant, where the wall-clock time does not exist. */
  instant?: string;
}

type Scheduling = Pick<PostWish, "status" | "scheduledAt" | "timeZone" | "fold">;

/** The fields that schedule a post for the chosen moment. */
export function scheduling(moment: ChosenMoment): Scheduling {
  return {
    status: "scheduled",
    scheduledAt: moment.instant ?? localTime(moment.wall),
    timeZone: moment.zone,
    ...(moment.fold !== undefined && !moment.instant && { fold: moment.fold }),
  };
}

/** The fields that schedule a post for the moment it already had. */
export function sameMoment(post: Post): Scheduling {
  return { status: "scheduled", scheduledAt: post.scheduled_at, timeZone: post.time_zone };
}

/** What puts a post back as it was before it was published now. */
export function asBefore(post: Post) {
  if (post.status === "scheduled") return sameMoment(post);
  const status = post.status === "draft" ? ("draft" as const) : ("ready_to_publish" as const);
  if (!post.scheduled_at) return { status };
  return { status, scheduledAt: post.scheduled_at, timeZone: post.time_zone };
}
