import {
  siBluesky,
  siFacebook,
  siInstagram,
  siMastodon,
  siTiktok,
  siX,
  siYoutube,
} from "simple-icons";

export interface Brand {
  /** The name to use before the server's list of platforms has arrived. */
  label: string;
  path: string;
  /** The network's colour; null where its mark is drawn in the text colour. */
  colour: string | null;
}

const BRANDS: Record<string, Brand> = {
  twitter: { label: "X", path: siX.path, colour: null },
  // The icon set does not carry its mark: a plain glyph of ours, a briefcase.
  linkedin: {
    label: "LinkedIn",
    path: "M9 3a2 2 0 0 0-2 2v2H4a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V9a2 2 0 0 0-2-2h-3V5a2 2 0 0 0-2-2zM9 5h6v2H9zM4 12.5h16v1.8H4z",
    colour: "#0a66c2",
  },
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
