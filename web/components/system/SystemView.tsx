"use client";

import { Button, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { publishes, systemQuery } from "@/lib/python-backend/api/system";
import { NeedAPerson } from "./NeedAPerson";
import { ServerFacts } from "./ServerFacts";
import classes from "./SystemView.module.css";
import { WorkFacts } from "./WorkFacts";

const OFTEN = 15_000;

/** A sentence with what to type between backticks. */
function Coded({ text }: { text: string }) {
  return text
    .split("`")
    .map((part, place) => (place % 2 === 1 ? <code key={part}>{part}</code> : part));
}

/** How the installation is doing, and what needs a person. */
export function SystemView() {
  const words = useWords();
  const reason = useReason();
  const { data: system, error, refetch } = useQuery({ ...systemQuery, refetchInterval: OFTEN });
  if (!system) {
    return error ? (
      <ErrorNote
        alert
        title={words("error.load")}
        action={
          <Button size="compact-sm" variant="default" onClick={() => refetch()}>
            {words("action.tryAgain")}
          </Button>
        }
      >
        {reason(error)}
      </ErrorNote>
    ) : (
      <Sheet>
        <RowSkeletons rows={4} height={72} />
      </Sheet>
    );
  }
  const { server } = system;
  const warnings = server?.warnings ?? [];
  return (
    <Stack gap="md">
      {publishes(system) && warnings.length === 0 && (
        <p className={classes.well}>
          <IconCircleCheck size={17} aria-hidden />
          {words("system.well")}
        </p>
      )}
      {!publishes(system) && !server && (
        <ErrorNote title={words("system.late")}>{words("system.tellOperator")}</ErrorNote>
      )}
      {warnings.map(({ code, message }) => (
        <ErrorNote key={code} title={words("system.needsYou")}>
          <Coded text={message} />
        </ErrorNote>
      ))}
      <Sheet padded>
        <WorkFacts system={system} />
        <NeedAPerson counts={system.need_a_person} />
      </Sheet>
      {server && (
        <Sheet padded>
          <ServerFacts server={server} />
        </Sheet>
      )}
    </Stack>
  );
}
