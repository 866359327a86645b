import classes from "./Logo.module.css";

export function Logo({ size = 22 }: { size?: number }) {
  return (
    <span className={classes.logo}>
      <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden>
        <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2.4" />
        <path
          d="M12 6.2V12l4.6 2.6"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {/* A name, the same in every language. */}
      <span className={classes.name}>Postclock</span>
    </span>
  );
}
