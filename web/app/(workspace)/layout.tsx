import type { ReactNode } from "react";
import { SessionGate } from "@/components/shell/SessionGate";

export default function WorkspaceLayout({ children }: { children: ReactNode }) {
  return <SessionGate>{children}</SessionGate>;
}
