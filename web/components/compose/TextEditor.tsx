import { Button, Tabs, Textarea } from "@mantine/core";
import type { Dispatch } from "react";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { TextCounters } from "@/components/ui/TextCounters";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform } from "@/lib/python-backend/types";
import { ALL, type ComposeAction, type ComposeState, platformsOf, textOn } from "./state";
import classes from "./TextEditor.module.css";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
}

/** One text for all, or a platform's own, with every platform's count of it. */
export function TextEditor({ state, dispatch, accounts, platforms }: Props) {
  const words = useWords();
  const names = platformsOf(state, accounts);
  const chosen = platforms.filter(({ name }) => names.includes(name));
  const tab = chosen.some(({ name }) => name === state.tab) ? state.tab : ALL;
  const shared = tab !== ALL && !(tab in state.own);
  const label = chosen.find(({ name }) => name === tab)?.label ?? "";

  return (
    <div className={classes.editor}>
      <Tabs
        value={tab}
        onChange={(next) => next && dispatch({ type: "tab opened", tab: next })}
        classNames={{ tab: classes.tab }}
      >
        <Tabs.List className={classes.tabs} aria-label={words("compose.tabs")}>
          <Tabs.Tab value={ALL}>{words("compose.all")}</Tabs.Tab>
          {chosen.map(({ name, label: title }) => (
            <Tabs.Tab
              key={name}
              value={name}
              leftSection={<PlatformIcon platform={name} decorative />}
            >
              {title}
              {name in state.own && <span className={classes.own}>{words("compose.ownMark")}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="sm">
          <Textarea
            id="compose-text"
            aria-label={tab === ALL ? words("compose.text") : words("compose.textFor", { label })}
            placeholder={words("compose.placeholder")}
            value={tab === ALL ? state.text : textOn(state, tab)}
            onChange={(event) => dispatch({ type: "written", text: event.currentTarget.value })}
            readOnly={shared}
            autosize
            minRows={6}
            maxRows={22}
            size="md"
            classNames={{ input: classes.input }}
            dir="auto"
          />
          {tab !== ALL && (
            <div className={classes.sharing}>
              <span>{words(shared ? "compose.shared" : "compose.own", { label })}</span>
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  dispatch({ type: shared ? "text made own" : "text made shared", platform: tab })
                }
              >
                {words(shared ? "compose.customise" : "compose.useShared", { label })}
              </Button>
            </div>
          )}
        </Tabs.Panel>
      </Tabs>
      <TextCounters platforms={chosen} textOn={(platform) => textOn(state, platform)} />
    </div>
  );
}
