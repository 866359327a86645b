"use client";

import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsString, useQueryState } from "nuqs";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { firstOwnerQuery, sessionKey, signIn } from "@/lib/python-backend/api/auth";
import { EntryFrame } from "./EntryFrame";

export function SignInForm() {
  const words = useWords();
  const reason = useReason();
  const router = useRouter();
  const queries = useQueryClient();
  const [next] = useQueryState("next", parseAsString.withDefault("/posts/"));
  const { data: firstOwner } = useQuery(firstOwnerQuery);
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (written) => (written.includes("@") ? null : words("entry.emailMissing")),
      password: (written) => (written ? null : words("entry.passwordMissing")),
    },
  });
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      queries.setQueryData(sessionKey, session);
      router.replace(isOurs(next) ? next : "/posts/");
    },
  });

  return (
    <EntryFrame title={words("signIn.title")} lead={words("signIn.lead")}>
      <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
        <Stack gap="md">
          {firstOwner?.needed && (
            <ErrorNote title={words("signIn.noOwner")}>{words("signIn.noOwnerHint")}</ErrorNote>
          )}
          <TextInput
            type="email"
            autoComplete="username"
            label={words("entry.email")}
            {...form.getInputProps("email")}
          />
          <PasswordInput
            autoComplete="current-password"
            label={words("entry.password")}
            visibilityToggleButtonProps={{ "aria-label": words("entry.showPassword") }}
            {...form.getInputProps("password")}
          />
          {enter.isError && (
            <ErrorNote alert title={words("refused.signIn")}>
              {reason(enter.error)}
            </ErrorNote>
          )}
          <Button type="submit" fullWidth loading={enter.isPending}>
            {words("signIn.button")}
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  );
}

/** A path on this server; anything else could lead a person away. */
function isOurs(path: string): boolean {
  return path.startsWith("/") && !path.startsWith("//") && !path.includes("\\");
}
