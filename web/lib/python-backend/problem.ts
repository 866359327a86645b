import type { Problem } from "./types";

/** A refusal by the API, or no answer at all (`code` "unreachable", `status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly problems: Problem[];
  readonly extra: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    const { code, title, detail, problems, ...extra } = body;
    super(typeof detail === "string" ? detail : "");
    this.status = status;
    this.code = typeof code === "string" ? code : "unexpected";
    this.title = typeof title === "string" ? title : "";
    this.problems = Array.isArray(problems) ? problems.filter(isProblem) : [];
    this.extra = extra;
  }

  /** A refusal as its bytes came in. */
  static read(status: number, text: string): ApiProblem {
    return new ApiProblem(status, recordIn(text));
  }

  static unreachable(): ApiProblem {
    return new ApiProblem(0, { code: "unreachable" });
  }

  /** Every sentence the server gave, the single problems before the summary. */
  get sentences(): string[] {
    return this.problems.length > 0 ? this.problems.map((one) => one.message) : [this.message];
  }
}

export function isCode(error: unknown, code: string): error is ApiProblem {
  return error instanceof ApiProblem && error.code === code;
}

function isProblem(value: unknown): value is Problem {
  return isRecord(value) && typeof value.code === "string" && typeof value.message === "string";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a JSON text holds; empty where it holds none. */
export function recordIn(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
