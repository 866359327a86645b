import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import {
  AppRouterContext,
  type AppRouterInstance,
} from "next/dist/shared/lib/app-router-context.shared-runtime";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { IntlProvider } from "react-intl";
import { DashboardProvider } from "@/contexts/DashboardContext";
import en from "@/lib/i18n/en.json";
import { noteServerTime } from "@/lib/serverClock";
import { theme } from "@/lib/theme";
import { FakeBackend } from "./fake/backend";
import { at } from "./fake/posts";
import { SilentStream } from "./fake/stream";
import { server } from "./server";

/** Shows `children` as a signed-in person would see them, with the fake backend behind. */
export function show(children: ReactNode, backend = new FakeBackend(), search = "") {
  server.use(http.all("*/api/v1/*", ({ request }) => backend.handle(request)));
  Object.assign(globalThis, { EventSource: SilentStream });
  SilentStream.opened.length = 0;
  noteServerTime(at(0));
  const places: string[] = [];
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const shown = render(
    <IntlProvider locale="en" messages={en}>
      <MantineProvider theme={theme} env="test">
        <Notifications />
        <QueryClientProvider client={queries}>
          <AppRouterContext value={routerTo(places)}>
            <NuqsTestingAdapter searchParams={search} hasMemory>
              <DashboardProvider session={backend.session()}>{children}</DashboardProvider>
            </NuqsTestingAdapter>
          </AppRouterContext>
        </QueryClientProvider>
      </MantineProvider>
    </IntlProvider>,
  );
  return { ...shown, backend, queries, places, user: userEvent.setup(), stream: SilentStream };
}

function routerTo(places: string[]): AppRouterInstance {
  const go = (href: string) => void places.push(href);
  const nothing = () => undefined;
  return {
    bfcacheId: "",
    push: go,
    replace: go,
    back: nothing,
    forward: nothing,
    refresh: nothing,
    prefetch: nothing,
  };
}
