import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconArrowBackUp,
  IconCalendarTime,
  IconClockOff,
  IconCopy,
  IconDots,
  IconEdit,
  IconPencil,
  IconRefresh,
  IconSend,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import Link from "next/link";
import { useWords, type Words } from "@/hooks/useWords";
import type { Post } from "@/lib/python-backend/types";
import { actionsFor, type CardAction } from "./actions";
import { adviceFor } from "./advice";
import classes from "./CardActions.module.css";

const ICONS: Record<CardAction, TablerIcon> = {
  schedule: IconCalendarTime,
  unschedule: IconClockOff,
  publish: IconSend,
  retry: IconRefresh,
  edit: IconPencil,
  compose: IconEdit,
  duplicate: IconCopy,
  takeBack: IconArrowBackUp,
  delete: IconTrash,
};

const SHOWN = 4;
const TUCKED_AWAY: readonly CardAction[] = ["duplicate", "takeBack", "delete", "compose"];

interface Props {
  post: Post;
  onAct: (action: Exclude<CardAction, "compose">) => void;
}

/** The actions its status allows: the usual ones as buttons, the others in a menu. */
export function CardActions({ post, onAct }: Props) {
  const words = useWords();
  const advised: readonly string[] = adviceFor(post)?.actions ?? [];
  const all = actionsFor(post).filter((action) => !advised.includes(action));
  const shown = all.filter((action) => !TUCKED_AWAY.includes(action)).slice(0, SHOWN);
  const more = all.filter((action) => !shown.includes(action));
  return (
    <div className={classes.actions}>
      {shown.map((action) => {
        const Icon = ICONS[action];
        return (
          <Button
            key={action}
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<Icon size={15} stroke={1.8} aria-hidden />}
            classNames={{ root: classes.action, section: classes.icon }}
            onClick={() => action !== "compose" && onAct(action)}
          >
            {labelOf(action, post, words)}
          </Button>
        );
      })}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={30}
            className={classes.more}
            aria-label={words("action.more")}
          >
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {more.map((action) => {
            const Icon = ICONS[action];
            const label = labelOf(action, post, words);
            return action === "compose" ? (
              <Menu.Item
                key={action}
                component={Link}
                href={`/compose/?post=${post.id}`}
                leftSection={<Icon size={15} aria-hidden />}
              >
                {label}
              </Menu.Item>
            ) : (
              <Menu.Item
                key={action}
                leftSection={<Icon size={15} aria-hidden />}
                onClick={() => onAct(action)}
              >
                {label}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function labelOf(action: CardAction, post: Post, words: Words): string {
  const moving = action === "schedule" && post.status === "scheduled";
  return words(moving ? "action.move" : `action.${action}`);
}
