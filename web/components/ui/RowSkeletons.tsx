import { Skeleton } from "@mantine/core";
import { useWords } from "@/hooks/useWords";
import classes from "./RowSkeletons.module.css";

/** Stands where rows will be, at about their height. */
export function RowSkeletons({ rows, height }: { rows: number; height: number }) {
  const words = useWords();
  return (
    <div className={classes.rows} role="status" aria-label={words("loading")}>
      {Array.from({ length: rows }, (_, index) => index).map((row) => (
        <div key={row} className={classes.row} style={{ height }}>
          <Skeleton width={72} height={14} />
          <div className={classes.text}>
            <Skeleton width="38%" height={12} />
            <Skeleton width="82%" height={12} />
          </div>
        </div>
      ))}
    </div>
  );
}
