import { Button, Skeleton } from "@mantine/core";
import { IconCircleCheckFilled, IconExternalLink } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { PlatformIcon } from "@/components/ui/PlatformIcon";
import { useWords } from "@/hooks/useWords";
import { accountsQuery } from "@/lib/python-backend/api/accounts";
import { postListQuery } from "@/lib/python-backend/api/posts";
import type { Session } from "@/lib/python-backend/types";
import classes from "./Checklist.module.css";

/** Three steps to a first published post. */
export function Checklist({ session }: { session: Session }) {
  const words = useWords();
  const { data: accounts } = useQuery(accountsQuery);
  const { data: posts } = useInfiniteQuery(
    postListQuery({ status: [], platform: null, campaign: null, search: "" }),
  );
  const written = posts?.pages[0]?.items ?? [];
  const published = written.some((post) => post.status === "published");
  return (
    <ol className={classes.steps}>
      <Step number={1} done={Boolean(accounts?.length)} title={words("checklist.accounts")}>
        <p>{words("checklist.accountsHint")}</p>
        {!accounts && <Skeleton height={20} width="70%" />}
        <ul className={classes.accounts}>
          {accounts?.map(({ id, platform, handle }) => (
            <li key={id}>
              <PlatformIcon platform={platform} />
              {handle}
            </li>
          ))}
        </ul>
      </Step>
      <Step number={2} done={written.length > 0} title={words("checklist.write")}>
        <p>{words("checklist.writeHint")}</p>
        <Button component={Link} href="/compose/" size="compact-md">
          {words("posts.first")}
        </Button>
      </Step>
      <Step number={3} done={published} title={words("checklist.watch")}>
        <p>{words("checklist.watchHint")}</p>
        {session.sandbox_url && (
          <a href={session.sandbox_url} target="_blank" rel="noreferrer" className={classes.link}>
            {words("profile.sandbox")}
            <IconExternalLink size={13} aria-hidden />
          </a>
        )}
      </Step>
    </ol>
  );
}

interface StepProps {
  number: number;
  done: boolean;
  title: string;
  children: ReactNode;
}

function Step({ number, done, title, children }: StepProps) {
  const words = useWords();
  return (
    <li className={classes.step}>
      {done ? (
        <IconCircleCheckFilled
          size={24}
          className={classes.done}
          role="img"
          aria-label={words("checklist.done")}
        />
      ) : (
        <span className={classes.number} aria-hidden>
          {number}
        </span>
      )}
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </li>
  );
}
