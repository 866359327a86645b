"use client";

import { Stack } from "@mantine/core";
import { AppKeysCard } from "./AppKeysCard";
import { NoticesCard } from "./NoticesCard";
import { PauseCard } from "./PauseCard";
import { SettingsForm } from "./SettingsForm";

export function Settings() {
  return (
    <Stack gap="md">
      <SettingsForm />
      <NoticesCard />
      <AppKeysCard />
      <PauseCard />
    </Stack>
  );
}
