import { Button, Stack } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import type { OptionField } from "@/lib/platforms/schema";
import { isRecord } from "@/lib/python-backend/problem";
import { OptionInput, type OptionProps } from "./OptionInput";
import classes from "./Options.module.css";

interface Props extends OptionProps {
  fields: OptionField[];
}

/** Choices that belong together (a poll): there, or not there at all. */
export function OptionGroup({ field, id, value, onChange, fields }: Props) {
  const words = useWords();
  if (!isRecord(value)) {
    return (
      <Button
        id={id}
        size="compact-sm"
        variant="default"
        className={classes.adding}
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => onChange({})}
      >
        {words("options.add", { title: field.title })}
      </Button>
    );
  }
  return (
    <fieldset className={classes.group}>
      <legend className={classes.legend}>{field.title}</legend>
      <Stack gap="sm">
        {fields.map((one) => (
          <OptionInput
            key={one.name}
            field={one}
            id={`${id}-${one.name}`}
            value={value[one.name]}
            onChange={(next) => onChange(changed(value, one.name, next))}
          />
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          className={classes.adding}
          leftSection={<IconX size={13} aria-hidden />}
          onClick={() => onChange(undefined)}
        >
          {words("options.remove", { title: field.title })}
        </Button>
      </Stack>
    </fieldset>
  );
}

/** The choices with one of them set, or taken back. */
export function changed(
  options: Record<string, unknown>,
  name: string,
  value: unknown,
): Record<string, unknown> {
  const others = Object.entries(options).filter(([one]) => one !== name);
  return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
}
