import {
  Button,
  Group,
  PasswordInput,
  SegmentedControl,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { pretendHint } from "@/lib/platforms/pretend";
import type { Account, Platform, Way } from "@/lib/python-backend/types";
import classes from "./Connect.module.css";
import { SetupRequired } from "./SetupRequired";
import { useConnecting } from "./useConnecting";

/** From so many letters on names stand below each other. */
const LONG = 20;

interface Props {
  platform: Platform;
  ways: Way[];
  again: Account | null;
  onBack: () => void;
  onClose: () => void;
}

/** One way in: what to choose and to type before the platform is asked. */
export function WayForm({ platform, ways, again, onBack, onClose }: Props) {
  const words = useWords();
  const reason = useReason();
  const [picked, setPicked] = useState(ways[0]?.name ?? "");
  const [sandbox, setSandbox] = useState(again?.sandbox ?? false);
  const [server, setServer] = useState(again?.server?.replace("https://", "") ?? "");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const connecting = useConnecting(onClose);
  const way = ways.find(({ name }) => name === picked) ?? ways[0];
  if (!way) return null;
  const asksServer = way.asks_server && !sandbox;
  const ready = way.ready || sandbox;
  const hint = pretendHint(platform.name);
  const complete =
    (!asksServer || server.trim()) && way.fields.every(({ name }) => typed[name]?.trim());

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        connecting.connect(
          {
            platform: platform.name,
            way: way.name,
            sandbox,
            ...(asksServer && { server: server.trim() }),
            ...(again && { accountId: again.id }),
          },
          way.kind === "typed" ? typed : null,
        );
      }}
    >
      <Stack gap="md">
        {ways.length > 1 && (
          <SegmentedControl
            aria-label={words("connect.way")}
            value={way.name}
            onChange={setPicked}
            fullWidth
            orientation={ways.some(({ label }) => label.length > LONG) ? "vertical" : "horizontal"}
            data={ways.map(({ name, label }) => ({ value: name, label }))}
          />
        )}
        {!again && (
          <Switch
            label={words("connect.sandbox")}
            description={words("connect.sandboxHint", { label: platform.label })}
            checked={sandbox}
            onChange={({ currentTarget }) => setSandbox(currentTarget.checked)}
          />
        )}
        {asksServer && (
          <TextInput
            label={words("connect.server")}
            description={words("connect.serverHint")}
            placeholder="mastodon.social"
            value={server}
            onChange={({ currentTarget }) => setServer(currentTarget.value)}
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
          />
        )}
        {ready &&
          way.fields.map((field) => {
            const Input = field.secret ? PasswordInput : TextInput;
            return (
              <Input
                key={field.name}
                label={field.label}
                description={field.hint || undefined}
                value={typed[field.name] ?? ""}
                onChange={({ currentTarget }: { currentTarget: { value: string } }) =>
                  setTyped({ ...typed, [field.name]: currentTarget.value })
                }
                autoComplete="off"
                spellCheck={false}
              />
            );
          })}
        {sandbox && hint && <p className={classes.next}>{words(hint)}</p>}
        {!ready && <SetupRequired platform={platform} way={way} />}
        {ready && way.kind === "oauth" && (
          <p className={classes.next}>{words("connect.next", { label: platform.label })}</p>
        )}
        {connecting.error !== null && (
          <ErrorNote alert title={words("connect.refused")}>
            {reason(connecting.error)}
          </ErrorNote>
        )}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {words(again ? "action.cancel" : "action.back")}
          </Button>
          {ready && (
            <Button type="submit" loading={connecting.busy} disabled={!complete}>
              {words(way.kind === "typed" ? "connect.connect" : "connect.continue", {
                label: platform.label,
              })}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
