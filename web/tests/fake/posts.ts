import type { Account, Delivery, Platform, Post } from "../../lib/python-backend/types.ts";

export const NOW = Date.parse("2026-11-22T11:28:05Z");

const PICTURES: NonNullable<Platform["images"]> = {
  most: 4,
  types: ["image/jpeg", "image/png", "image/gif", "image/webp"],
  max_bytes: 5_000_000,
  max_alt: 1000,
  max_pixels: null,
  min_width: null,
  max_width: null,
  min_ratio: null,
  max_ratio: null,
};

const LIKE_ALL: Omit<Platform, "name" | "label" | "text"> = {
  images: PICTURES,
  videos: null,
  mixes: false,
  needs_media: false,
  kinds: ["post"],
  thread: 25,
  first_comment: true,
  deletes: true,
  ways: [
    {
      name: "profile",
      label: "Profile",
      kind: "oauth",
      fields: [],
      asks_server: false,
      keys: "twitter",
      ready: false,
      callback_url: "https://posts.example.org/api/v1/oauth/twitter/callback",
    },
  ],
  options_schema: {
    properties: {
      first_comment: { title: "First reply", type: "string", default: "", maxLength: 500 },
      made_with_ai: { title: "Made with AI", type: "boolean", default: false },
    },
  },
};

export const PLATFORMS: Platform[] = [
  {
    ...LIKE_ALL,
    name: "twitter",
    label: "X",
    text: {
      maximum: 280,
      unit: "characters",
      counting: "weighted",
      url_length: 23,
      maximum_bytes: null,
      required: false,
    },
  },
  {
    ...LIKE_ALL,
    name: "bluesky",
    label: "Bluesky",
    text: {
      maximum: 300,
      unit: "characters",
      counting: "graphemes",
      url_length: null,
      maximum_bytes: 3000,
      required: false,
    },
    images: { ...PICTURES, max_alt: 2000 },
  },
  {
    ...LIKE_ALL,
    name: "mastodon",
    label: "Mastodon",
    text: {
      maximum: 500,
      unit: "characters",
      counting: "mastodon",
      url_length: 23,
      maximum_bytes: null,
      required: false,
    },
    images: { ...PICTURES, max_alt: 1500 },
  },
];

export const ACCOUNTS: Account[] = [
  account("acc-x", "twitter", "@harbourcafe"),
  account("acc-b", "bluesky", "harbourcafe.bsky.social"),
  account("acc-m", "mastodon", "@harbourcafe@mastodon.social"),
];

function account(id: string, platform: string, handle: string): Account {
  return {
    id,
    platform,
    handle,
    remote_id: `r-${id}`,
    name: "",
    avatar_url: null,
    kind: "",
    way: "profile",
    server: null,
    problem: null,
    renew_at: null,
    login_ends_at: null,
    quota: null,
    connected_at: null,
    sandbox: true,
    status: "connected",
    paused_at: null,
    blocked_until: null,
    created_at: at(-86_400),
  };
}

/** So many seconds from the fixtures' "now". */
export function at(seconds: number): string {
  return new Date(NOW + seconds * 1000).toISOString().replace("Z", "000Z");
}

let made = 0;

export function delivery(platform: string, change: Partial<Delivery> = {}): Delivery {
  const to = ACCOUNTS.find((one) => one.platform === platform);
  made += 1;
  return {
    id: `d-${made}`,
    platform,
    account_id: to?.id ?? "",
    sandbox: true,
    handle: to?.handle ?? "",
    state: "scheduled",
    due_at: at(7200),
    next_at: null,
    sent_at: null,
    accepted_at: null,
    late_ms: null,
    remote_id: null,
    permalink: null,
    failures: 0,
    error: null,
    doubt: null,
    left_at: null,
    parts: [],
    note: null,
    removed_at: null,
    ...change,
  };
}

export function post(id: string, text: string, change: Partial<Post> = {}): Post {
  const platforms = change.platforms ?? ["twitter"];
  return {
    id,
    workspace_id: "ws",
    author_id: "user",
    campaign_id: null,
    topic: "",
    platforms,
    accounts: [],
    content: Object.fromEntries(platforms.map((platform) => [platform, { text }])),
    status: "draft",
    scheduled_at: null,
    local_time: null,
    time_zone: "Europe/Berlin",
    fold: null,
    late_policy: "publish",
    late_grace_seconds: null,
    publish_retry_count: 0,
    publish_error: null,
    version: 1,
    created_at: at(-3600),
    updated_at: at(-3600),
    deliveries: [],
    quotas: [],
    ...change,
  };
}

/** One post of each status, as a working day would leave them. */
export function day(): Post[] {
  const all = ["twitter", "bluesky", "mastodon"];
  const sent = (platform: string, seconds: number, late: number) =>
    delivery(platform, {
      state: "published",
      due_at: at(seconds),
      sent_at: at(seconds),
      accepted_at: at(seconds + 0.2),
      late_ms: late,
      remote_id: "1",
      permalink: `/sandbox/${platform}/1`,
    });
  return [
    post(
      "p-1",
      "Tomorrow at nine we open the new terrace. Bring a jumper, the coffee is on us for the first fifty guests: https://harbour.example/terrace",
      {
        platforms: all,
        status: "scheduled",
        scheduled_at: at(73_915),
        deliveries: all.map((one) => delivery(one, { due_at: at(73_915) })),
      },
    ),
    post("p-2", "Behind the counter: how Mira roasts our winter blend, in eight photographs.", {
      platforms: ["twitter", "bluesky"],
      status: "scheduled",
      scheduled_at: at(7200),
      deliveries: [delivery("twitter"), delivery("bluesky")],
    }),
    post("p-3", "Last tables for tonight. Call us, or just walk in.", {
      status: "publishing",
      scheduled_at: at(-1),
      deliveries: [delivery("twitter", { state: "sending", due_at: at(-1) })],
    }),
    post(
      "p-4",
      "Good morning from the harbour. Rain until noon, then sun; the cinnamon rolls do not care.",
      {
        platforms: all,
        status: "published",
        scheduled_at: at(-5285),
        deliveries: [
          sent("twitter", -5285, 4),
          sent("bluesky", -5285, 6),
          sent("mastodon", -5285, 11),
        ],
      },
    ),
    post("p-5", "We are hiring a baker. Early hours, warm room, good people.", {
      platforms: ["twitter", "mastodon"],
      status: "partially_published",
      scheduled_at: at(-9000),
      publish_retry_count: 3,
      deliveries: [
        sent("twitter", -9000, 5),
        delivery("mastodon", {
          state: "failed",
          due_at: at(-9000),
          failures: 3,
          error: {
            code: "server_error",
            message: "mastodon.social answered 503 three times; nothing was published there.",
          },
        }),
      ],
    }),
    post("p-6", "Half price on yesterday’s bread from five o’clock.", {
      status: "failed",
      scheduled_at: at(-12_600),
      publish_retry_count: 1,
      publish_error: "X refused the text because you posted the same words already.",
      deliveries: [
        delivery("twitter", {
          state: "failed",
          due_at: at(-12_600),
          failures: 1,
          error: {
            code: "duplicate",
            message: "X refused the text because you posted the same words already.",
          },
        }),
      ],
    }),
    post("p-7", "The kitchen closes at nine tonight.", {
      platforms: ["bluesky"],
      status: "unconfirmed",
      scheduled_at: at(-16_200),
      deliveries: [
        delivery("bluesky", {
          state: "unconfirmed",
          due_at: at(-16_200),
          error: {
            code: "answer_lost",
            message: "Bluesky’s answer was lost and its timeline could not be read.",
          },
          doubt: {
            intended_at: at(-16_200),
            looks: 4,
            last_looked_at: at(-14_000),
            reason: "Bluesky’s answer was lost and its timeline could not be read.",
          },
        }),
      ],
    }),
    post("p-8", "Sunday market: we have the stall by the lighthouse.", {
      status: "missed",
      scheduled_at: at(-88_000),
      deliveries: [delivery("twitter", { state: "missed", due_at: at(-88_000) })],
    }),
    post("p-9", "Idea: a photo each Friday of the boat that came in last.", { topic: "Boats" }),
    post("p-10", "New opening hours from December: 7:30 to 19:00, Sundays from 9.", {
      platforms: ["bluesky", "mastodon"],
      status: "ready_to_publish",
      created_at: at(-95_000),
    }),
  ];
}
