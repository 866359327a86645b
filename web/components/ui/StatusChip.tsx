import {
  IconAlertOctagon,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleHalf2,
  IconClock,
  IconClockX,
  IconHelpHexagon,
  IconPencil,
  IconSend,
  type TablerIcon,
} from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import type { PostStatus } from "@/lib/python-backend/types";
import classes from "./StatusChip.module.css";

export const STATUSES: readonly PostStatus[] = [
  "draft",
  "ready_to_publish",
  "scheduled",
  "publishing",
  "published",
  "partially_published",
  "failed",
  "missed",
  "unconfirmed",
];

const ICONS: Record<PostStatus, TablerIcon> = {
  draft: IconPencil,
  ready_to_publish: IconCircleDashed,
  scheduled: IconClock,
  publishing: IconSend,
  published: IconCircleCheck,
  partially_published: IconCircleHalf2,
  failed: IconAlertOctagon,
  missed: IconClockX,
  unconfirmed: IconHelpHexagon,
};

/** A status, told by colour, icon and word together. */
export function StatusChip({ status }: { status: PostStatus }) {
  const words = useWords();
  const Icon = ICONS[status];
  return (
    <span className={classes.chip} data-status={status}>
      <Icon size={13} stroke={2} aria-hidden />
      {words(`status.${status}`)}
    </span>
  );
}
