/** Hashes of every inline script of a page; throws on what no hash can allow. */
export function scriptHashes(html: string, page: string): string[];
