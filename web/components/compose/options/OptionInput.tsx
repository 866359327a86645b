import { NativeSelect, NumberInput, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useWords } from "@/hooks/useWords";
import type { OptionField } from "@/lib/platforms/schema";
import { OptionGroup } from "./OptionGroup";

export interface OptionProps {
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
