import { Skeleton } from "@mantine/core";
import { Logo } from "@/components/ui/Logo";
import { Sheet } from "@/components/ui/Page";
import { RowSkeletons } from "@/components/ui/RowSkeletons";
import rail from "./Rail.module.css";
import shell from "./Shell.module.css";

/** The shell's shape while the session is being asked for. */
export function ShellSkeleton() {
  return (
    <div className={shell.shell}>
      <aside className={rail.rail}>
        <span className={rail.home}>
          <Logo />
        </span>
        <Skeleton mt={36} height={36} radius={8} />
      </aside>
      <div className={shell.top} />
      <main className={shell.content}>
        <div style={{ maxWidth: 1040, margin: "0 auto" }}>
          <Skeleton width={120} height={20} mt={8} mb={20} />
          <Sheet>
            <RowSkeletons rows={5} height={112} />
          </Sheet>
        </div>
      </main>
    </div>
  );
}
