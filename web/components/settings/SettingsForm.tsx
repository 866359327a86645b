import { Button, Group, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { ZoneSelect } from "@/components/ui/ZoneSelect";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { graceOf, POLICIES } from "@/lib/posts/late";
import { sessionKey } from "@/lib/python-backend/api/auth";
import { updateWorkspace } from "@/lib/python-backend/api/workspace";
import type { Session } from "@/lib/python-backend/types";
import { span } from "@/lib/time/format";

export function SettingsForm() {
  const words = useWords();
  const toasts = useToasts();
  const reason = useReason();
  const queries = useQueryClient();
  const {
    name,
    time_zone: timeZone,
    after_publishing: afterPublishing,
    after_failure: afterFailure,
    late_policy: latePolicy,
  } = useDashboard().session.workspace;
  const form = useForm({
    initialValues: { name, timeZone, afterPublishing, afterFailure, latePolicy },
    validate: { name: (written) => (written.trim() ? null : words("settings.nameMissing")) },
  });
  const save = useMutation({
    mutationFn: updateWorkspace,
    onSuccess: (workspace) => {
      queries.setQueryData<Session>(sessionKey, (session) => session && { ...session, workspace });
      form.resetDirty();
      toasts.good(words("toast.settingsSaved"));
    },
  });

  return (
    <Sheet padded>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="lg" maw={480}>
          <TextInput
            label={words("settings.name")}
            required
            withAsterisk={false}
            {...form.getInputProps("name")}
          />
          <ZoneSelect
            label={words("settings.zone")}
            description={words("settings.zoneHint")}
            value={form.values.timeZone}
            error={form.errors.timeZone}
            onChange={(zone) => form.setFieldValue("timeZone", zone)}
          />
          <Radio.Group
            label={words("settings.after")}
            description={words("settings.afterHint")}
            {...form.getInputProps("afterPublishing")}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="keep" label={words("settings.keep")} />
              <Radio value="remove" label={words("settings.remove")} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={words("settings.failure")}
            description={words("settings.failureHint")}
            {...form.getInputProps("afterFailure")}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="failed" label={words("settings.failed")} />
              <Radio value="draft" label={words("settings.draft")} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={words("late.title")}
            description={words("settings.lateHint")}
            {...form.getInputProps("latePolicy")}
          >
            <Stack gap="xs" mt="xs">
              {POLICIES.map((policy) => (
                <Radio
                  key={policy}
                  value={policy}
                  label={words(`late.${policy}`, {
                    grace: span(graceOf({ policy, grace: null })),
                  })}
                />
              ))}
            </Stack>
          </Radio.Group>
          {save.isError && (
            <ErrorNote alert title={words("refused.save")}>
              {reason(save.error)}
            </ErrorNote>
          )}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {words("action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Sheet>
  );
}
