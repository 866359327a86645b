"use client";

import { Anchor, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useWords } from "@/hooks/useWords";
import { firstOwnerQuery, sessionQuery } from "@/lib/python-backend/api/auth";
import { Checklist } from "./Checklist";
import { EntryFrame } from "./EntryFrame";
import { OwnerForm } from "./OwnerForm";

/** The first start: makes the owner, then shows the way to a first published post. */
export function Welcome() {
  const words = useWords();
  const [token] = useQueryState("token", parseAsString);
  const session = useQuery(sessionQuery);
  const firstOwner = useQuery({ ...firstOwnerQuery, enabled: session.isError });

  if (session.data) {
    return (
      <EntryFrame
        title={words("welcome.hello", { name: session.data.user.name })}
        lead={words("welcome.ready", { workspace: session.data.workspace.name })}
      >
        <Checklist session={session.data} />
      </EntryFrame>
    );
  }
  if (session.isPending || (firstOwner.isPending && !token)) {
    return (
      <EntryFrame title={words("welcome.title")} lead={words("welcome.lead")}>
        <Stack>
          {[1, 2, 3, 4].map((row) => (
            <Skeleton key={row} height={36} />
          ))}
        </Stack>
      </EntryFrame>
    );
  }
  if (firstOwner.data?.needed === false) {
    return (
      <EntryFrame title={words("welcome.taken")} lead={words("welcome.takenLead")}>
        <Anchor component={Link} href="/sign-in/">
          {words("signIn.button")}
        </Anchor>
      </EntryFrame>
    );
  }
  if (!token) {
    return (
      <EntryFrame title={words("welcome.title")} lead={words("welcome.noToken")}>
        {null}
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={words("welcome.title")} lead={words("welcome.lead")}>
      <OwnerForm token={token} />
    </EntryFrame>
  );
}
