import { IconFlask } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import classes from "./SandboxMark.module.css";

/** Says that an account is on the pretend platforms: in a word, or by its sign alone. */
export function SandboxMark({ compact = false }: { compact?: boolean }) {
  const words = useWords();
  const label = words("accounts.sandbox");
  if (compact) {
    return (
      <span className={classes.sign} role="img" aria-label={label} title={label}>
        <IconFlask size={13} aria-hidden />
      </span>
    );
  }
  return (
    <span className={classes.mark}>
      <IconFlask size={12} aria-hidden />
      {label}
    </span>
  );
}
