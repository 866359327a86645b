import { siBluesky, siFacebook, siInstagram, siMastodon, siTiktok, siX, siYoutube } from "simple-icons";

export interface Brand {
  /** The name to use before the server's list of platforms has arrived. */
  label: string;
  path: string;
  /** The network's colour; null where its mark is drawn in the text colour. */
  colour: string | null;
}

const BRANDS: Record<string, Brand> = {
  twitter: { label: "X", path: siX.path, colour: null },
  bluesky: { label: "Bluesky", path: siBluesky.path, colour: "#1185fe" },
  mastodon: { label: "Mastodon", path: siMastodon.path, colour: "#6364ff" },
  facebook: { label: "Facebook", path: siFacebook.path, colour: "#0866ff" },
  instagram: { label: "Instagram", path: siInstagram.path, colour: "#e1306c" },
  youtube: { label: "YouTube", path: siYoutube.path, colour: "#ff0000" },
  tiktok: { label: "TikTok", path: siTiktok.path, colour: null },
};

export function brandOf(platform: string): Brand | null {
  return BRANDS[platform] ?? null;
}

export function labelOf(platform: string): string {
  return BRANDS[platform]?.label ?? platform;
}
