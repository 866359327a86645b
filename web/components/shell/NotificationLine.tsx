import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Moment } from "@/components/ui/Moment";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { notificationKeys, readNotification } from "@/lib/python-backend/api/notifications";
import type { Notification } from "@/lib/python-backend/types";
import classes from "./NotificationLine.module.css";

interface Props {
  item: Notification;
  /** It was followed to what it is about. */
  onFollow: () => void;
}

export function NotificationLine({ item, onFollow }: Props) {
  const words = useWords();
  const queries = useQueryClient();
  const { zone } = useDashboard();
  const read = useMutation({
    mutationFn: () => readNotification(item.id),
    onSettled: () => queries.invalidateQueries({ queryKey: notificationKeys.all }),
  });
  const unread = !item.read_at && !read.isPending;
  return (
    <li className={classes.line} data-unread={unread}>
      <span className={classes.dot} aria-hidden />
      <div className={classes.words}>
        <strong>
          {item.post_id ? (
            <Link
              href={`/posts/?post=${item.post_id}`}
              className={classes.link}
              onClick={() => {
                if (unread) read.mutate();
                onFollow();
              }}
            >
              {item.title}
            </Link>
          ) : (
            item.title
          )}
        </strong>
        {unread && <span className="visually-hidden">{words("bell.unread")}</span>}
        <p>{item.body}</p>
        <Moment instant={item.created_at} zone={zone} className={classes.time} />
      </div>
      {unread && (
        <Tooltip label={words("bell.read")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words("bell.readOne", { title: item.title })}
            onClick={() => read.mutate()}
          >
            <IconCheck size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}
