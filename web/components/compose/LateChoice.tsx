import { Button, NativeSelect, Radio, Stack } from "@mantine/core";
import { type Dispatch, useState } from "react";
import { useWords } from "@/hooks/useWords";
import { graceOf, gracesFor, type Late, POLICIES } from "@/lib/posts/late";
import { span } from "@/lib/time/format";
import classes from "./LateChoice.module.css";
import type { ComposeAction } from "./state";

interface Props {
  late: Late;
  dispatch: Dispatch<ComposeAction>;
}

/** What shall become of the post if it cannot leave at its moment: in a line, until one asks. */
export function LateChoice({ late, dispatch }: Props) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const choose = (next: Late) => dispatch({ type: "late chosen", late: next });
  const sentence = (one: Late) => words(`late.${one.policy}`, { grace: span(graceOf(one)) });
  return (
    <section className={classes.late} aria-label={words("late.title")}>
      <div className={classes.line}>
        <span className={classes.title}>{words("late.title")}</span>
        {!open && <span>{sentence(late)}</span>}
        <Button
          id="compose-late"
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {words(open ? "action.done" : "late.change")}
        </Button>
      </div>
      {open && (
        <Stack gap="xs" mt="xs">
          <Radio.Group
            aria-label={words("late.title")}
            value={late.policy}
            onChange={(value) => {
              const policy = POLICIES.find((one) => one === value);
              if (policy) choose({ policy, grace: null });
            }}
          >
            <Stack gap={6}>
              {POLICIES.map((policy) => (
                <Radio
                  key={policy}
                  value={policy}
                  label={sentence(policy === late.policy ? late : { policy, grace: null })}
                />
              ))}
            </Stack>
          </Radio.Group>
          <NativeSelect
            label={words("late.grace")}
            value={graceOf(late)}
            onChange={({ currentTarget: { value } }) => choose({ ...late, grace: Number(value) })}
            data={gracesFor(late).map((grace) => ({
              value: String(grace),
              label: span(grace),
            }))}
            w={190}
          />
        </Stack>
      )}
    </section>
  );
}
