import { Button } from "@mantine/core";
import { IconExternalLink, IconHelpHexagon } from "@tabler/icons-react";
import { useState } from "react";
import { Moment } from "@/components/ui/Moment";
import { useDashboard } from "@/contexts/DashboardContext";
import { useWords } from "@/hooks/useWords";
import { labelOf } from "@/lib/platforms/brands";
import type { Delivery, Post } from "@/lib/python-backend/types";
import { ConfirmForm } from "./ConfirmForm";
import classes from "./DoubtPanel.module.css";

interface Props {
  post: Post;
  delivery: Delivery;
}

/** A delivery whose outcome nobody knows: the evidence, and what a person can say about it. */
export function DoubtPanel({ post, delivery }: Props) {
  const words = useWords();
  const { actions, session } = useDashboard();
  const [confirming, setConfirming] = useState(false);
  const { id, platform, sandbox, left_at: left } = delivery;
  const label = labelOf(platform);
  return (
    <section
      className={classes.panel}
      data-left={left !== null}
      aria-label={words("doubt.title", { label })}
    >
      <IconHelpHexagon size={16} aria-hidden className={classes.icon} />
      <div className={classes.words}>
        <strong>{words(left ? "doubt.left" : "doubt.title", { label })}</strong>
        <Evidence delivery={delivery} />
        <p>
          {words("doubt.look")}{" "}
          {sandbox && session.sandbox_url && (
            <a href={session.sandbox_url} target="_blank" rel="noreferrer" className={classes.link}>
              {words("profile.sandbox")} <IconExternalLink size={13} aria-hidden />
            </a>
          )}
        </p>
        {confirming ? (
          <ConfirmForm
            onConfirm={(link) => actions.confirm(post, id, link)}
            onCancel={() => setConfirming(false)}
          />
        ) : (
          <div className={classes.choices}>
            <Button size="compact-sm" variant="default" onClick={() => setConfirming(true)}>
              {words("doubt.there")}
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => void actions.sendAgain(post, id)}
            >
              {words("doubt.notThere")}
            </Button>
            {!left && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                onClick={() => void actions.leave(post, id)}
              >
                {words("doubt.leave")}
              </Button>
            )}
          </div>
        )}
      </div>
    </section>
  );
}

/** What is known: when it was sent, how often it was looked for, and what the platform said. */
function Evidence({ delivery }: { delivery: Delivery }) {
  const words = useWords();
  const { zone } = useDashboard();
  const { handle, platform, doubt, left_at: left } = delivery;
  if (!doubt) return null;
  const { intended_at: sent, last_looked_at: looked, looks, reason } = doubt;
  const label = labelOf(platform);
  return (
    <ul className={classes.evidence}>
      {sent && (
        <li>
          {words("doubt.sent", { handle })} <Moment instant={sent} zone={zone} />
        </li>
      )}
      <li>
        {words("doubt.looked", { count: looks, label })}{" "}
        {looked && <Moment instant={looked} zone={zone} />}
      </li>
      {reason && (
        <li>
          {words("doubt.said")} {reason}
        </li>
      )}
      {left && (
        <li>
          {words("doubt.leftAt")} <Moment instant={left} zone={zone} />
        </li>
      )}
    </ul>
  );
}
