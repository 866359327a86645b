import type { Platform } from "../python-backend/types";

const ANY = 2000;

/** How much alt text every one of the platforms takes, and which of them show none. */
export function altRoom(platforms: readonly Platform[], video: boolean) {
  const room = platforms.flatMap(({ label, images, videos }) => {
    const limits = video ? videos : images;
    return limits ? [{ label, most: limits.max_alt }] : [];
  });
  const heard = room.filter(({ most }) => most > 0).map(({ most }) => most);
  const silent = room.filter(({ most }) => most === 0).map(({ label }) => label);
  return { most: Math.min(ANY, ...heard), silent };
}
