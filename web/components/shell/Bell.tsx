import { ActionIcon, Button, Popover } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useWords } from "@/hooks/useWords";
import {
  notificationKeys,
  notificationsQuery,
  readAllNotifications,
} from "@/lib/python-backend/api/notifications";
import classes from "./Bell.module.css";
import { NotificationLine } from "./NotificationLine";

export function Bell() {
  const words = useWords();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const { data } = useQuery(notificationsQuery);
  const readAll = useMutation({
    mutationFn: readAllNotifications,
    onSettled: () => queries.invalidateQueries({ queryKey: notificationKeys.all }),
  });
  const unread = data?.unread_count ?? 0;
  const items = data?.items ?? [];

  return (
    <Popover
      position="bottom-end"
      width={380}
      opened={opened}
      onChange={setOpened}
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={34}
          className={classes.bell}
          aria-label={words("bell.label", { count: unread })}
          onClick={() => setOpened(!opened)}
        >
          <IconBell size={18} stroke={1.7} aria-hidden />
          {unread > 0 && (
            <span className={classes.count} aria-hidden>
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={words("bell.title")}>
        <header className={classes.header}>
          <h2>{words("bell.title")}</h2>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            disabled={unread === 0}
            loading={readAll.isPending}
            onClick={() => readAll.mutate()}
          >
            {words("bell.readAll")}
          </Button>
        </header>
        {items.length === 0 ? (
          <p className={classes.none}>{words("bell.none")}</p>
        ) : (
          <ul className={classes.list}>
            {items.map((item) => (
              <NotificationLine key={item.id} item={item} onFollow={() => setOpened(false)} />
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
