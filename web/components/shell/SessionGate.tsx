"use client";

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { DashboardProvider } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { sessionQuery } from "@/lib/python-backend/api/auth";
import { ApiProblem } from "@/lib/python-backend/problem";
import { Shell } from "./Shell";
import { ShellSkeleton } from "./ShellSkeleton";

/** Lets signed-in people through; sends everybody else to the sign-in page. */
export function SessionGate({ children }: { children: ReactNode }) {
  const words = useWords();
  const reason = useReason();
  const router = useRouter();
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const signedOut = error instanceof ApiProblem && error.status === 401;

  useEffect(() => {
    if (!signedOut) return;
    const here = `${location.pathname}${location.search}`;
    router.replace(`/sign-in/?next=${encodeURIComponent(here)}`);
  }, [signedOut, router]);

  if (session) {
    return (
      <DashboardProvider session={session}>
        <Shell>{children}</Shell>
      </DashboardProvider>
    );
  }
  if (!error || signedOut) return <ShellSkeleton />;
  return (
    <main style={{ maxWidth: 560, margin: "20vh auto", padding: 16 }}>
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
    </main>
  );
}
