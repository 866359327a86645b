import { Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Sheet } from "@/components/ui/Page";
import { useDashboard } from "@/contexts/DashboardContext";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { sessionKey, wantMail } from "@/lib/python-backend/api/auth";
import type { Session } from "@/lib/python-backend/types";

/** Whether the person who is signed in is mailed what needs them. */
export function NoticesCard() {
  const words = useWords();
  const toasts = useToasts();
  const queries = useQueryClient();
  const { user } = useDashboard().session;
  const choose = useMutation({
    mutationFn: wantMail,
    onSuccess: (changed) => {
      queries.setQueryData<Session>(
        sessionKey,
        (session) => session && { ...session, user: changed },
      );
      toasts.good(words(changed.mail_notices ? "toast.mailOn" : "toast.mailOff"));
    },
    onError: (error) => toasts.refused(words("refused.mail"), error),
  });
  return (
    <Sheet padded>
      <Switch
        checked={choose.isPending ? choose.variables : user.mail_notices}
        onChange={(event) => choose.mutate(event.currentTarget.checked)}
        label={words("settings.mail")}
        description={words("settings.mailHint", { email: user.email })}
      />
    </Sheet>
  );
}
