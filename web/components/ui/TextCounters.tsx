import { IconAlertTriangle } from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";
import { bytes, countText, fits } from "@/lib/platforms/counters";
import type { Platform } from "@/lib/python-backend/types";
import { PlatformIcon } from "./PlatformIcon";
import classes from "./TextCounters.module.css";

interface Props {
  platforms: Platform[];
  textOn: (platform: string) => string;
}

/** How much of each platform's limit a text uses, counted as that platform counts. */
export function TextCounters({ platforms, textOn }: Props) {
  return (
    <ul className={classes.counters}>
      {platforms.map((platform) => (
        <Counter key={platform.name} platform={platform} text={textOn(platform.name)} />
      ))}
    </ul>
  );
}

function Counter({ platform, text }: { platform: Platform; text: string }) {
  const words = useWords();
  const { name, label, text: limits } = platform;
  const count = countText(text, limits);
  const size = bytes(text);
  const over = !fits(text, limits);
  const crowded = limits.maximum_bytes ? size > limits.maximum_bytes * 0.8 : false;
  return (
    <li className={classes.counter} data-over={over} data-testid={`count-${name}`}>
      <PlatformIcon platform={name} decorative />
      <span className="visually-hidden">
        {words(over ? "count.over" : "count.within", { label, count, maximum: limits.maximum })}
      </span>
      {over && <IconAlertTriangle size={14} aria-hidden />}
      <span aria-hidden>{words("count.short", { count, maximum: limits.maximum })}</span>
      {crowded && limits.maximum_bytes && (
        <span>{words("count.bytes", { count: size, maximum: limits.maximum_bytes })}</span>
      )}
    </li>
  );
}
