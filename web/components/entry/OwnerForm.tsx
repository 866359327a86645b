import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { ZoneSelect } from "@/components/ui/ZoneSelect";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { createFirstOwner, sessionKey } from "@/lib/python-backend/api/auth";
import { ApiProblem } from "@/lib/python-backend/problem";
import { browserZone } from "@/lib/time/zone";

const SHORTEST_PASSWORD = 10;

export function OwnerForm({ token }: { token: string }) {
  const words = useWords();
  const reason = useReason();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      name: "",
      email: "",
      password: "",
      workspaceName: "",
      timeZone: browserZone(),
    },
    validate: {
      name: (written) => (written.trim() ? null : words("entry.nameMissing")),
      email: (written) => (written.includes("@") ? null : words("entry.emailMissing")),
      password: (written) =>
        written.length >= SHORTEST_PASSWORD
          ? null
          : words("entry.passwordShort", { count: SHORTEST_PASSWORD }),
      workspaceName: (written) => (written.trim() ? null : words("settings.nameMissing")),
    },
  });
  const create = useMutation({
    mutationFn: (values: typeof form.values) => createFirstOwner({ ...values, token }),
    onSuccess: (session) => queries.setQueryData(sessionKey, session),
    onError: (error) => {
      if (!(error instanceof ApiProblem)) return;
      for (const { field, message } of error.problems) {
        if (field && field in form.values) form.setFieldError(field, message);
      }
    },
  });

  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
      <Stack gap="md">
        <TextInput
          label={words("entry.name")}
          autoComplete="name"
          {...form.getInputProps("name")}
        />
        <TextInput
          label={words("entry.email")}
          type="email"
          autoComplete="username"
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label={words("entry.password")}
          description={words("entry.passwordHint", { count: SHORTEST_PASSWORD })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": words("entry.showPassword") }}
          {...form.getInputProps("password")}
        />
        <TextInput
          label={words("settings.name")}
          description={words("welcome.workspaceHint")}
          autoComplete="organization"
          {...form.getInputProps("workspaceName")}
        />
        <ZoneSelect
          label={words("settings.zone")}
          description={words("settings.zoneHint")}
          value={form.values.timeZone}
          error={form.errors.timeZone}
          onChange={(zone) => form.setFieldValue("timeZone", zone)}
        />
        {create.isError && (
          <ErrorNote alert title={words("refused.owner")}>
            {reason(create.error)}
          </ErrorNote>
        )}
        <Button type="submit" fullWidth loading={create.isPending}>
          {words("welcome.create")}
        </Button>
      </Stack>
    </form>
  );
}
