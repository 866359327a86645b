import { Button, Tabs, Textarea } from "@mantine/core";
import type { Dispatch } from "react";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { TextCounters } from "@/components/ui/TextCounters";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform } from "@/lib/python-backend/types";
import {
  ALL,
  type ComposeAction,
  type ComposeState,
  platformsOf,
  siblingsOf,
  textOn,
} from "./state";
import classes from "./TextEditor.module.css";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
}

interface Tab {
  /** A platform's name or an account's id. */
  key: string;
  platform: string;
  account?: string;
  label: string;
}

/** One text for all, or one of a platform's or an account's own, with every platform's count. */
export function TextEditor({ state, dispatch, accounts, platforms }: Props) {
  const words = useWords();
  const names = platformsOf(state, accounts);
  const chosen = platforms.filter(({ name }) => names.includes(name));
  const siblings = siblingsOf(state, accounts);
  const tabs = chosen.flatMap(({ name, label }): Tab[] => [
    { key: name, platform: name, label },
    ...siblings
      .filter(({ platform }) => platform === name)
      .map(({ id, handle }) => {
        const title = words("compose.accountTab", { handle });
        return { key: id, platform: name, account: id, label: title };
      }),
  ]);
  const tab = tabs.find(({ key }) => key === state.tab);
  const shared = tab !== undefined && !(tab.key in state.own);
  const label = tab?.label ?? "";

  return (
    <div className={classes.editor}>
      <Tabs
        value={tab?.key ?? ALL}
        onChange={(next) => next && dispatch({ type: "tab opened", tab: next })}
        classNames={{ tab: classes.tab }}
      >
        <Tabs.List className={classes.tabs} aria-label={words("compose.tabs")}>
          <Tabs.Tab value={ALL}>{words("compose.all")}</Tabs.Tab>
          {tabs.map(({ key, platform, label: title }) => (
            <Tabs.Tab
              key={key}
              value={key}
              leftSection={<PlatformIcon platform={platform} decorative />}
            >
              {title}
              {key in state.own && <span className={classes.own}>{words("compose.ownMark")}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab?.key ?? ALL} pt="sm">
          <Textarea
            id="compose-text"
            aria-label={tab ? words("compose.textFor", { label }) : words("compose.text")}
            placeholder={words("compose.placeholder")}
            value={tab ? textOn(state, tab.platform, tab.account) : state.text}
            onChange={(event) => dispatch({ type: "written", text: event.currentTarget.value })}
            readOnly={shared}
            autosize
            minRows={6}
            maxRows={22}
            size="md"
            classNames={{ input: classes.input }}
            dir="auto"
          />
          {tab && (
            <div className={classes.sharing}>
              <span>{words(shared ? "compose.shared" : "compose.own", { label })}</span>
              <Button
                size="compact-xs"
                variant="default"
                onClick={() =>
                  dispatch(
                    shared
                      ? { type: "text made own", key: tab.key, platform: tab.platform }
                      : { type: "text made shared", key: tab.key },
                  )
                }
              >
                {words(shared ? "compose.customise" : "compose.useShared", { label })}
              </Button>
            </div>
          )}
        </Tabs.Panel>
      </Tabs>
      <TextCounters
        platforms={chosen}
        textOn={(platform) =>
          textOn(state, platform, tab?.platform === platform ? tab.account : undefined)
        }
      />
    </div>
  );
}
