import Link from "next/link";
import { useWords } from "@/hooks/useWords";
import type { System } from "@/lib/python-backend/types";
import { Fact, Facts } from "./Facts";

const PLACES = [
  ["held", "/accounts/"],
  ["unconfirmed", "/posts/?status=unconfirmed,partially_published"],
  ["missed", "/posts/?status=missed,partially_published"],
] as const;

/** What only a person can move on, each leading to where that is done. */
export function NeedAPerson({ counts }: { counts: System["need_a_person"] }) {
  const words = useWords();
  return (
    <Facts title={words("system.people")}>
      {PLACES.map(([name, href]) => (
        <Fact key={name} name={words(`system.${name}`)}>
          {counts[name] > 0 ? <Link href={href}>{counts[name]}</Link> : 0}
        </Fact>
      ))}
    </Facts>
  );
}
