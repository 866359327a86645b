import { Button, CopyButton, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";

/** Something to take along word for word. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const words = useWords();
  return (
    <TextInput
      label={label}
      value={value}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--pc-mono, monospace)", fontSize: 13 } }}
      rightSectionWidth={86}
      rightSection={
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button
              size="compact-xs"
              variant="subtle"
              leftSection={
                copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />
              }
              onClick={copy}
            >
              {words(copied ? "action.copied" : "action.copy")}
            </Button>
          )}
        </CopyButton>
      }
    />
  );
}
