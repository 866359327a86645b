import type {
  Account,
  Activity,
  AppKeys,
  Campaign,
  Crop,
  Delivery,
  Media,
  Notification,
  Post,
  Problem,
  Quota,
  Session,
  System,
  Visit,
  Workspace,
} from "../../lib/python-backend/types.ts";
import { ACCOUNTS, at, day, delivery, NOW, PLATFORMS } from "./posts.ts";

type Body = Record<string, unknown>;

/** A server in memory that follows the API's contract, for unit tests and for looking at pages. */
export class FakeBackend {
  posts: Post[] = day();
  notifications: Notification[] = notices();
  activity: Activity[] = lines();
  workspace: Workspace = {
    id: "ws",
    name: "Harbour Café",
    time_zone: "Europe/Berlin",
    after_publishing: "keep",
    after_failure: "failed",
    late_policy: "publish",
    paused_at: null,
    role: "owner",
  };
  accounts: Account[] = ACCOUNTS;
  /** What came of the way to a platform. */
  visit: Visit | null = null;
  appKeys: AppKeys[] = [
    {
      keys: "twitter",
      platforms: ["twitter"],
      client_id: null,
      source: null,
      variable: "POSTCLOCK_APP_TWITTER",
      callback_urls: ["https://posts.example.org/api/v1/oauth/twitter/callback"],
    },
  ];
  campaigns: Campaign[] = [campaign("camp-1", "Winter menu", { scheduled: 2, published: 3 })];
  media: Media[] = [];
  /** What every picture would be cut to. */
  crops: Crop[] = [];
  /** What every check finds, beside what it counts. */
  problems: Problem[] = [];
  /** What every check tells about quotas. */
  quotas: Quota[] = [];
  system: System = healthy();
  signedIn = true;
  /** Whether the person wants to be mailed. */
  mailNotices = true;
  ownerNeeded = false;
  /** Answers the next matching request with this problem instead. */
  refusals: { match: RegExp; status: number; body: Body }[] = [];
  /** "METHOD path" of everything that was asked, in order. */
  asked: { call: string; body: Body; headers: Headers }[] = [];
  now: () => number = () => NOW;

  async handle(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const call = `${request.method} ${pathname.replace("/api/v1", "")}`;
    const form = request.headers.get("Content-Type")?.startsWith("multipart/");
    const sent = form ? await named(request) : await request.json().catch(() => ({}));
    const body = inSnakeCase(sent);
    this.asked.push({ call, body, headers: request.headers });
    const refused = this.refusals.findIndex(({ match }) => match.test(call));
    const refusal = refused === -1 ? undefined : this.refusals.splice(refused, 1)[0];
    if (refusal) return problem(refusal.status, refusal.body);
    return (
      this.answer(call, body, searchParams) ??
      problem(404, { code: "not_found", detail: "There is no such thing." })
    );
  }

  private answer(call: string, body: Body, search: URLSearchParams): Response | undefined {
    const [verb = "", path = ""] = call.split(" ");
    const [, resource, id = "", action] = path.split("/");
    if (resource === "auth") return this.auth(`${verb} ${id}`, body);
    if (!this.signedIn) return problem(401, { code: "not_signed_in", detail: "Sign in first." });
    if (resource === "posts") return this.postCall(verb, id, action, body, search);
    if (resource === "campaigns") return this.campaignCall(verb, id, action, body);
    if (resource === "media") return this.mediaCall(verb, id, action, body);
    if (resource === "oauth" || call.startsWith("POST /accounts/connect")) {
      return json(this.visit ?? {});
    }
    if (verb === "DELETE" && resource === "accounts") {
      this.accounts = this.accounts.filter((one) => one.id !== id);
      return new Response(null, { status: 204 });
    }
    if (resource === "app-keys" && verb !== "GET") {
      const entered = { client_id: String(body.client_id ?? ""), source: "workspace" as const };
      this.appKeys = this.appKeys.map((one) => (one.keys === id ? { ...one, ...entered } : one));
      return json(this.appKeys[0]);
    }
    if (action === "pause" || action === "resume") {
      const paused_at = action === "pause" ? at(0) : null;
      this.accounts = this.accounts.map((one) => (one.id === id ? { ...one, paused_at } : one));
      return json({ paused_at, deliveries: 0 });
    }
    switch (call) {
      case "GET /system":
        return json(this.system);
      case "GET /platforms":
        return json({ items: PLATFORMS });
      case "GET /app-keys":
        return json({ items: this.appKeys });
      case "GET /accounts":
        return json({ items: this.accounts, next_cursor: null });
      case "PUT /workspace":
        this.workspace = { ...this.workspace, ...body };
        return json(this.workspace);
      case "POST /workspace/pause":
      case "POST /workspace/resume": {
        const paused_at = id === "pause" ? at(0) : null;
        this.workspace = { ...this.workspace, paused_at };
        return json({ paused_at, deliveries: 2 });
      }
      case "GET /activity":
        return json({ items: this.activity, next_cursor: null });
      case "GET /notifications":
        return json({ items: this.notifications, next_cursor: null, unread_count: this.unread() });
      case "POST /notifications/read-all":
        this.notifications = this.notifications.map((one) => ({ ...one, read_at: at(0) }));
        return json({ read: this.notifications.length });
      default:
        return undefined;
    }
  }

  private auth(call: string, body: Body): Response | undefined {
    switch (call) {
      case "GET first-owner":
        return json({ needed: this.ownerNeeded });
      case "POST first-owner":
      case "POST sign-in":
        this.signedIn = true;
        return json(this.session());
      case "POST sign-out":
        this.signedIn = false;
        return new Response(null, { status: 204 });
      case "GET session":
        if (this.signedIn) return json(this.session());
        return problem(401, { code: "not_signed_in", detail: "Sign in first." });
      case "PUT notices":
        this.mailNotices = body.mail === true;
        return json(this.session().user);
      default:
        return undefined;
    }
  }

  session(): Session {
    return {
      user: {
        id: "user",
        email: "mira@harbour.example",
        name: "Mira Holm",
        mail_notices: this.mailNotices,
      },
      workspace: this.workspace,
      server_time: new Date(this.now()).toISOString(),
      sandbox_url: "/sandbox/",
    };
  }

  private campaignCall(verb: string, id: string, action: string | undefined, body: Body) {
    const found = this.campaigns.find((one) => one.id === id);
    if (!found) {
      if (verb === "GET") return json({ items: this.campaigns, next_cursor: null });
      const made = campaign(`camp-${this.campaigns.length + 1}`, String(body.name), {});
      this.campaigns = [made, ...this.campaigns];
      return json(made, 201);
    }
    if (verb === "DELETE") {
      this.campaigns = this.campaigns.filter((one) => one !== found);
      return new Response(null, { status: 204 });
    }
    const pauses = { pause: { paused_at: at(0) }, resume: { paused_at: null } };
    const change = pauses[action as keyof typeof pauses] ?? { name: String(body.name) };
    const changed = { ...found, ...change };
    this.campaigns = this.campaigns.map((one) => (one === found ? changed : one));
    return json(action ? { paused_at: changed.paused_at, deliveries: 0 } : changed);
  }

  private mediaCall(verb: string, id: string, action: string | undefined, body: Body) {
    if (action === "crops") return json({ items: this.crops });
    if (id === "usage") return json({ files: this.media.length, videos: 0, bytes: 4_200_000 });
    if (verb === "GET" && !id) return json({ items: this.media, next_cursor: null });
    if (verb !== "POST") {
      const found = this.media.find((one) => one.id === id);
      return found && json(found);
    }
    const name = action === "crop" ? "piece.png" : String(body.name);
    const made = picture(`m-${this.media.length + 1}`, name);
    this.media = [...this.media, made];
    return json(made, 201);
  }

  private postCall(
    verb: string,
    id: string,
    action: string | undefined,
    body: Body,
    search: URLSearchParams,
  ) {
    if (id === "check") {
      const { problems, counts } = check(body);
      return json({ problems: [...problems, ...this.problems], counts, quotas: this.quotas });
    }
    if (!id) return verb === "GET" ? json(this.list(search)) : json(this.create(body), 201);
    const found = this.posts.find((one) => one.id === id);
    if (!found) return undefined;
    switch (`${verb} ${action ?? ""}`.trim()) {
      case "GET":
        return json(found);
      case "PUT":
        return json(
          this.store({ ...found, ...(body as Partial<Post>), version: found.version + 1 }),
        );
      case "DELETE":
        this.posts = this.posts.filter((one) => one.id !== id);
        return new Response(null, { status: 204 });
      case "POST publish":
        return json(this.arm(found, new Date(this.now() + 10_000).toISOString()));
      case "POST retry":
        return json(this.arm(found, new Date(this.now()).toISOString()));
      case "POST deliveries":
        return json(this.settle(found, body));
      case "POST duplicate":
        return json(this.create({ ...found, id: undefined, status: "draft" }), 201);
      default:
        return undefined;
    }
  }

  private settle(found: Post, body: Body): Post {
    const changes: Record<string, [Post["status"], Partial<Delivery>]> = {
      published: ["published", { state: "published", permalink: String(body.permalink) }],
      not_published: ["scheduled", { state: "scheduled" }],
      leave: ["unconfirmed", { left_at: at(0) }],
    };
    const [status, change] = changes[String(body.choice)] ?? [found.status, {}];
    const deliveries = found.deliveries.map((one) => ({ ...one, ...change }));
    return this.store({ ...found, status, deliveries });
  }

  private arm(found: Post, instant: string): Post {
    const deliveries = found.platforms.map((one) => delivery(one, { due_at: instant }));
    return this.store({ ...found, status: "scheduled", scheduled_at: instant, deliveries });
  }

  private store(changed: Post): Post {
    this.posts = this.posts.map((one) => (one.id === changed.id ? changed : one));
    return changed;
  }

  private create(body: Body): Post {
    const template = this.posts[0] ?? day()[0];
    if (!template) throw new Error("The fixtures hold no post");
    const blank: Partial<Post> = { deliveries: [], scheduled_at: null, publish_error: null };
    const made = {
      ...template,
      ...blank,
      ...(body as Partial<Post>),
      id: `new-${this.posts.length}`,
    };
    this.posts = [made, ...this.posts];
    return made;
  }

  private list(search: URLSearchParams) {
    const statuses = search.get("status")?.split(",");
    const words = search.get("search")?.toLowerCase() ?? "";
    const platform = search.get("platform");
    const inCampaign = search.get("campaign_id");
    const items = this.posts
      .filter((one) => !statuses || statuses.includes(one.status))
      .filter((one) => !platform || one.platforms.includes(platform))
      .filter((one) => !inCampaign || one.campaign_id === inCampaign)
      .filter((one) => JSON.stringify(one.content).toLowerCase().includes(words))
      .sort((a, b) =>
        (b.scheduled_at ?? b.created_at).localeCompare(a.scheduled_at ?? a.created_at),
      );
    return { items, next_cursor: null };
  }

  private unread(): number {
    return this.notifications.filter((one) => !one.read_at).length;
  }
}

/** The uploaded file's name: a form that jsdom made is not read by Node's own parser. */
async function named(request: Request): Promise<Body> {
  return { name: /filename="([^"]*)"/.exec(await request.text())?.[1] ?? "" };
}

function healthy(): System {
  return {
    scheduler: "exact",
    nodes_listening: 2,
    due: { overdue: 0, oldest_overdue_seconds: null, moves: true },
    need_a_person: { held: 0, unconfirmed: 1, missed: 1 },
    punctuality: { count: 42, p50: 3.2, p95: 9.5, p99: 21.04 },
    server: {
      version: "0.1.0",
      database_version: "18.1",
      tzdata_version: "2026c",
      clock_offset_ms: -0.4,
      synchronous_standby: false,
      notification_queue_usage: 0,
      oldest_transaction_seconds: 0.2,
      housekeeping_at: at(-20_000),
      nodes: [
        { name: "harbour:311:a1b2", since: at(-7200) },
        { name: "harbour:312:c3d4", since: at(-7200) },
      ],
      warnings: [],
    },
  };
}

function campaign(id: string, name: string, posts: Campaign["posts"]): Campaign {
  return { id, name, paused_at: null, posts, created_at: at(-9000), updated_at: at(-9000) };
}

export function picture(id: string, name: string): Media {
  return {
    id,
    name,
    mime_type: "image/png",
    bytes: 1200,
    width: 640,
    height: 480,
    animated: false,
    duration: null,
    frame_rate: null,
    video_codec: "",
    audio_codec: "",
    alt_text: "",
    content_url: `/api/v1/media/${id}/content`,
    poster_url: null,
    created_at: at(0),
    updated_at: at(0),
  };
}

/** Requests may say scheduledAt or scheduled_at; answers say scheduled_at. */
function inSnakeCase(body: Body): Body {
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [snake(key), value]));
}

function check(body: Body) {
  const content = (body.content ?? {}) as Record<string, { text?: string }>;
  const problems = Object.entries(content).flatMap(([platform, { text = "" }]) => {
    const limits = PLATFORMS.find((one) => one.name === platform)?.text;
    if (!text.trim()) {
      return [
        {
          code: "text_missing",
          message: `The text for ${platform} is empty.`,
          field: `content.${platform}.text`,
        },
      ];
    }
    if (!limits || text.length <= limits.maximum) return [];
    const message = `The text for ${platform} is ${text.length - limits.maximum} characters too long.`;
    return [{ code: "text_too_long", message, field: `content.${platform}.text` }];
  });
  return { problems, counts: [] };
}

function notices(): Notification[] {
  return [
    {
      id: "n-1",
      kind: "post_failed",
      title: "Not published on X",
      body: "X refused “Half price on yesterday’s bread…” because you posted the same words already.",
      post_id: "p-6",
      created_at: at(-12_500),
      read_at: null,
    },
    {
      id: "n-2",
      kind: "post_published",
      title: "Published on 3 accounts",
      body: "“Good morning from the harbour…” went out 0.011 s after its moment at the latest.",
      post_id: "p-4",
      created_at: at(-5284),
      read_at: at(-5000),
    },
  ];
}

function lines(): Activity[] {
  const written: [string, number][] = [
    [
      "Published “Good morning from the harbour…” to X, Bluesky and Mastodon, 0.011 s late at most",
      -5284,
    ],
    ["Mira Holm scheduled “Behind the counter…” for Sun 22 Nov 2026, 14:28:05 CET", -6000],
    [
      "Could not publish “We are hiring a baker…” to Mastodon: the server answered 503 three times",
      -8990,
    ],
    ["Mira Holm signed in", -20_000],
  ];
  return written.map(([message, seconds], index) => ({
    id: `a-${index}`,
    kind: "post_published",
    message,
    post_id: null,
    actor_id: null,
    details: {},
    created_at: at(seconds),
  }));
}

function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

function problem(status: number, body: Body): Response {
  const headers = { "Content-Type": "application/problem+json" };
  const full = { type: "about:blank", title: "Refused", status, problems: [], ...body };
  return new Response(JSON.stringify(full), { status, headers });
}
