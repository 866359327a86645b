import {
  IconActivity,
  IconFlag,
  IconHeartbeat,
  IconListDetails,
  IconPhoto,
  IconSettings,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import type { MessageId } from "@/hooks/useWords";

export interface Place {
  href: string;
  label: MessageId;
  icon: TablerIcon;
}

export const PLACES: readonly Place[] = [
  { href: "/posts/", label: "nav.posts", icon: IconListDetails },
  { href: "/campaigns/", label: "nav.campaigns", icon: IconFlag },
  { href: "/media/", label: "nav.media", icon: IconPhoto },
  { href: "/activity/", label: "nav.activity", icon: IconActivity },
  { href: "/accounts/", label: "nav.accounts", icon: IconUsers },
  { href: "/settings/", label: "nav.settings", icon: IconSettings },
  { href: "/system/", label: "nav.system", icon: IconHeartbeat },
];
