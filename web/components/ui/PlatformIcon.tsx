import { brandOf, labelOf } from "@/lib/platforms/brands";

interface Props {
  platform: string;
  size?: number;
  /** Leave the name out where it stands beside the icon. */
  decorative?: boolean;
}

export function PlatformIcon({ platform, size = 14, decorative = false }: Props) {
  const brand = brandOf(platform);
  return (
    <svg
      role="img"
      aria-hidden={decorative || undefined}
      aria-label={labelOf(platform)}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={brand?.colour ?? "currentColor"}
      style={{ flex: "none" }}
    >
      {brand ? <path d={brand.path} /> : <circle cx="12" cy="12" r="9" />}
    </svg>
  );
}
