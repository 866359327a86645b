"use client";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { IntlProvider } from "react-intl";
import en from "@/lib/i18n/en.json";
import { ApiProblem } from "@/lib/python-backend/problem";
import { theme } from "@/lib/theme";

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(newQueryClient);
  return (
    <IntlProvider locale="en" messages={en}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-right" limit={4} />
        <QueryClientProvider client={queries}>
          <NuqsAdapter>{children}</NuqsAdapter>
        </QueryClientProvider>
      </MantineProvider>
    </IntlProvider>
  );
}

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && isPassing(error),
      },
    },
  });
}

/** Worth another try by itself: no answer, or a server that is just starting. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
}
