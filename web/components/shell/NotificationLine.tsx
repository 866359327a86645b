import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Moment } from "@/components/ui/Moment";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { notificationKeys, readNotification } from "@/lib/python-backend/api/notifications";
import type { Notification } from "@/lib/python-backend/types";
import classes from "./NotificationLine.module.css";

export function NotificationLine({ item }: { item: Notification }) {
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
        <strong>{item.title}</strong>
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
