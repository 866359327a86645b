/** Gives the same key for the same body, so that a lost answer never makes a second post. */
export function idempotencyKeys(): (body: unknown) => string {
  let last: { body: string; key: string } | null = null;
  return (body) => {
    const written = JSON.stringify(body);
    if (last?.body !== written) last = { body: written, key: newKey() };
    return last.key;
  };
}

/** Not crypto.randomUUID: browsers offer it only over HTTPS and on localhost. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
