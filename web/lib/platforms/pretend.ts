const TYPED = { bluesky: "connect.pretend.bluesky" } as const;
type Hint = (typeof TYPED)[keyof typeof TYPED];

/** What to type for a pretend account, where no consent page of the sandbox's asks for it. */
export function pretendHint(platform: string): Hint | undefined {
  return (TYPED as Record<string, Hint>)[platform];
}
