import {
  Button,
  NativeSelect,
  NumberInput,
  Stack,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import type { OptionField } from "@/lib/platforms/schema";
import { isRecord } from "@/lib/python-backend/problem";
import classes from "./Options.module.css";

interface OptionProps {
  field: OptionField;
  id: string;
  value: unknown;
  /** With undefined the choice is taken back. */
  onChange: (value: unknown) => void;
}

/** From so many characters on a text gets several lines. */
const LONG = 150;

/** One choice: the control that its schema asks for. */
export function OptionInput({ field, id, value, onChange }: OptionProps) {
  const words = useWords();
  const { kind, title, hint, required, fallback } = field;
  const shared = { id, label: title, description: hint || undefined, required };
  switch (kind.is) {
    case "flag":
      return (
        <Switch
          {...shared}
          required={undefined}
          checked={Boolean(value ?? fallback)}
          onChange={({ currentTarget: { checked } }) => onChange(checked || undefined)}
        />
      );
    case "choice":
      return (
        <NativeSelect
          {...shared}
          value={String(value ?? fallback ?? "")}
          onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
          data={[
            ...(fallback ? [] : [{ value: "", label: words("options.none") }]),
            ...kind.values.map((one) => ({ value: one, label: named(one) })),
          ]}
        />
      );
    case "number":
      return (
        <NumberInput
          {...shared}
          value={typeof value === "number" ? value : ""}
          placeholder={fallback === undefined || fallback === null ? undefined : String(fallback)}
          min={kind.least ?? undefined}
          max={kind.most ?? undefined}
          allowDecimal={false}
          onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
        />
      );
    case "list":
      return (
        <TagsInput
          {...shared}
          value={Array.isArray(value) ? value.map(String) : []}
          maxTags={kind.most ?? undefined}
          placeholder={words("options.listHint")}
          onChange={(next) => onChange(next.length > 0 ? next : undefined)}
        />
      );
    case "text": {
      const Input = (kind.most ?? 0) > LONG ? Textarea : TextInput;
      const more = Input === Textarea ? { autosize: true, minRows: 2, maxRows: 8 } : {};
      return (
        <Input
          {...shared}
          {...more}
          dir="auto"
          value={typeof value === "string" ? value : ""}
          maxLength={kind.most ?? undefined}
          onChange={({ currentTarget }: { currentTarget: { value: string } }) =>
            onChange(currentTarget.value || undefined)
          }
        />
      );
    }
    case "group":
      return (
        <OptionGroup field={field} id={id} value={value} onChange={onChange} fields={kind.fields} />
      );
  }
}

/** A value of the schema in words: `PUBLIC_TO_EVERYONE` → "Public to everyone". */
function named(value: string): string {
  const plain = value
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

interface GroupProps extends OptionProps {
  fields: OptionField[];
}

/** Choices that belong together (a poll): there, or not there at all. */
function OptionGroup({ field, id, value, onChange, fields }: GroupProps) {
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
function changed(
  options: Record<string, unknown>,
  name: string,
  value: unknown,
): Record<string, unknown> {
  const others = Object.entries(options).filter(([one]) => one !== name);
  return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
}
