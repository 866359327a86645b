import { Button, Stack } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { type Dispatch, useState } from "react";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { useWords } from "@/hooks/useWords";
import { optionFields } from "@/lib/platforms/schema";
import type { Account, Platform, Problem } from "@/lib/python-backend/types";
import { type ComposeAction, type ComposeState, platformsOf } from "../state";
import { OptionInput } from "./OptionInput";
import classes from "./Options.module.css";

interface Props {
  problems: readonly Problem[];
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
}

/** What each chosen platform lets an author choose beside words and media. */
export function OptionsPanel({ problems, state, dispatch, accounts, platforms }: Props) {
  const names = platformsOf(state, accounts);
  const chosen = platforms.filter(({ name }) => names.includes(name));
  return chosen.map((platform) => (
    <PlatformOptions
      key={platform.name}
      platform={platform}
      refused={problems.some(({ field }) => field?.startsWith(`content.${platform.name}.options`))}
      state={state}
      dispatch={dispatch}
    />
  ));
}

function PlatformOptions({
  platform,
  refused,
  state,
  dispatch,
}: {
  platform: Platform;
  /** Whether a choice is missing or will not do. */
  refused: boolean;
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
}) {
  const words = useWords();
  const fields = optionFields(platform.options_schema);
  const values = state.options[platform.name] ?? {};
  const count = Object.keys(values).length;
  const [opened, setOpened] = useState<boolean | null>(null);
  // What must be chosen is asked at once.
  const open = opened ?? (refused || count > 0 || fields.some(({ required }) => required));
  if (fields.length === 0) return null;
  const panel = `options-${platform.name}`;
  return (
    <section
      className={classes.platform}
      aria-label={words("options.title", { label: platform.label })}
    >
      <Button
        id={`${panel}-toggle`}
        variant="subtle"
        color="gray"
        size="compact-sm"
        className={classes.toggle}
        aria-expanded={open}
        aria-controls={panel}
        leftSection={<PlatformIcon platform={platform.name} decorative />}
        rightSection={
          <IconChevronDown size={15} aria-hidden className={classes.chevron} data-open={open} />
        }
        onClick={() => setOpened(!open)}
      >
        {words("options.title", { label: platform.label })}
        {count > 0 && <span className={classes.count}>{words("options.count", { count })}</span>}
      </Button>
      <Stack id={panel} gap="sm" className={classes.fields} hidden={!open}>
        {fields.map((field) => (
          <OptionInput
            key={field.name}
            field={field}
            id={`${panel}-${field.name}`}
            value={values[field.name]}
            onChange={(value) =>
              dispatch({ type: "option chosen", platform: platform.name, name: field.name, value })
            }
          />
        ))}
      </Stack>
    </section>
  );
}
