import { isRecord } from "../python-backend/problem";

/** One choice an author has on a platform, read from the JSON schema the server gives. */
export interface OptionField {
  name: string;
  title: string;
  hint: string;
  required: boolean;
  fallback: unknown;
  kind: OptionKind;
}

export type OptionKind =
  | { is: "flag" }
  | { is: "choice"; values: string[] }
  | { is: "text"; most: number | null }
  | { is: "number"; least: number | null; most: number | null }
  | { is: "list"; least: number; most: number | null; each: number | null }
  | { is: "group"; fields: OptionField[] };

type Schema = Record<string, unknown>;

/** The choices a schema describes, in its order; what it says in other ways is left out. */
export function optionFields(schema: Schema): OptionField[] {
  return fieldsOf(schema, isRecord(schema.$defs) ? schema.$defs : {});
}

function fieldsOf(schema: Schema, known: Schema): OptionField[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).flatMap(([name, given]) => {
    if (!isRecord(given)) return [];
    const plain = resolved(given, known);
    const kind = kindOf(plain, known);
    if (!kind) return [];
    const title = text(given.title) ?? text(plain.title) ?? name.replaceAll("_", " ");
    const hint = text(given.description) ?? "";
    const one = { name, title, hint, kind, required: required.includes(name) };
    return [{ ...one, fallback: given.default }];
  });
}

/** A field's schema without its reference, and without the null that means "none". */
function resolved(given: Schema, known: Schema): Schema {
  const options = Array.isArray(given.anyOf) ? given.anyOf.filter(isRecord) : [];
  const real = options.filter((one) => one.type !== "null");
  if (real[0]) return { ...without(given, "anyOf"), ...resolved(real[0], known) };
  const name = text(given.$ref)?.split("/").at(-1);
  const target = name ? known[name] : undefined;
  return isRecord(target) ? { ...without(given, "$ref"), ...target } : given;
}

function kindOf(schema: Schema, known: Schema): OptionKind | null {
  if (Array.isArray(schema.enum)) return { is: "choice", values: schema.enum.map(String) };
  switch (schema.type) {
    case "boolean":
      return { is: "flag" };
    case "string":
      return { is: "text", most: number(schema.maxLength) };
    case "integer":
    case "number":
      return { is: "number", least: number(schema.minimum), most: number(schema.maximum) };
    case "array": {
      const items = isRecord(schema.items) ? resolved(schema.items, known) : {};
      if (items.type !== "string") return null;
      const each = number(items.maxLength);
      return {
        is: "list",
        least: number(schema.minItems) ?? 0,
        most: number(schema.maxItems),
        each,
      };
    }
    case "object":
      return { is: "group", fields: fieldsOf(schema, known) };
    default:
      return null;
  }
}

function without(schema: Schema, name: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([one]) => one !== name));
}

function text(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
