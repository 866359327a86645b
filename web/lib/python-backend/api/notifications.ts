import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Notification, NotificationPage } from "../types";

export const notificationKeys = { all: ["notifications"] as const };

export const notificationsQuery = queryOptions({
  queryKey: notificationKeys.all,
  queryFn: (): Promise<NotificationPage> =>
    answer(api.GET("/api/v1/notifications", { params: { query: { limit: 30 } } })),
});

export function readNotification(id: string): Promise<Notification> {
  const params = { path: { notification_id: id } };
  return answer(api.POST("/api/v1/notifications/{notification_id}/read", { params }));
}

export async function readAllNotifications(): Promise<void> {
  await answer(api.POST("/api/v1/notifications/read-all"));
}
