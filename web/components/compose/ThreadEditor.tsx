import { ActionIcon, Button, Textarea } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Dispatch } from "react";
import { TextCounters } from "@/components/ui/TextCounters";
import { useWords } from "@/hooks/useWords";
import type { Account, Platform } from "@/lib/python-backend/types";
import { type ComposeAction, type ComposeState, platformsOf } from "./state";
import classes from "./ThreadEditor.module.css";

interface Props {
  state: ComposeState;
  dispatch: Dispatch<ComposeAction>;
  accounts: Account[];
  platforms: Platform[];
}

/** The posts that follow the first one, where the chosen platforms have threads. */
export function ThreadEditor({ state, dispatch, accounts, platforms }: Props) {
  const words = useWords();
  const names = platformsOf(state, accounts);
  const chosen = platforms.filter(({ name }) => names.includes(name));
  const able = chosen.filter(({ thread }) => thread > 1);
  const others = chosen.filter(({ thread }) => thread <= 1);
  if (able.length === 0) return null;
  const most = Math.min(...able.map(({ thread }) => thread));
  const labels = (some: Platform[]) => some.map(({ label }) => label).join(", ");
  return (
    <section className={classes.thread} aria-label={words("thread.title")}>
      {state.thread.length > 0 && (
        <ol className={classes.list} start={2}>
          {state.thread.map((text, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is known by its place
            <li key={place} className={classes.part}>
              <Textarea
                id={`thread-${place}`}
                aria-label={words("thread.part", { number: place + 2 })}
                placeholder={words("thread.placeholder")}
                value={text}
                onChange={({ currentTarget }) =>
                  dispatch({ type: "part written", place, text: currentTarget.value })
                }
                autosize
                minRows={2}
                maxRows={12}
                dir="auto"
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words("thread.remove", { number: place + 2 })}
                onClick={() => dispatch({ type: "part removed", place })}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
              <div className={classes.counters}>
                <TextCounters platforms={able} textOn={() => text} />
              </div>
            </li>
          ))}
        </ol>
      )}
      <div className={classes.foot}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={state.thread.length + 1 >= most}
          onClick={() => dispatch({ type: "part added" })}
        >
          {words("thread.add")}
        </Button>
        {state.thread.length > 0 && others.length > 0 && (
          <span className={classes.note}>{words("thread.others", { labels: labels(others) })}</span>
        )}
      </div>
    </section>
  );
}
