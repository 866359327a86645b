import { lazy, Suspense } from "react";
import { StatusChip } from "@/components/ui/StatusChip";
import { useDashboard } from "@/contexts/DashboardContext";
import { useDialog } from "@/hooks/useDialog";
import { useWords } from "@/hooks/useWords";
import { wordings } from "@/lib/posts/content";
import type { Post } from "@/lib/python-backend/types";
import { serverNow } from "@/lib/serverClock";
import type { CardAction } from "./actions";
import { CampaignTag } from "./CampaignTag";
import { CardActions } from "./CardActions";
import { CardMoment } from "./CardMoment";
import { CardPictures } from "./CardPictures";
import { CardText } from "./CardText";
import { DeliveryLines } from "./DeliveryLines";
import { DoubtPanel } from "./DoubtPanel";
import classes from "./HistoryCard.module.css";
import { PostError } from "./PostError";
import { RetryModal } from "./RetryModal";
import { TakeBackModal } from "./TakeBackModal";

const EditTextModal = lazy(() => import("./EditTextModal"));
const ScheduleModal = lazy(() => import("@/components/schedule/ScheduleModal"));

const TEN_MINUTES = 600_000;

/** One post: when, what, to whom, what became of it, and what can be done now. */
export function HistoryCard({ post }: { post: Post }) {
  const words = useWords();
  const { zone, actions } = useDashboard();
  const { dialog, open, close } = useDialog<"schedule" | "edit" | "retry" | "takeBack">();
  const inDoubt = post.deliveries.filter(({ state }) => state === "unconfirmed");
  const first = wordings(post)[0]?.text ?? words("post.noText");

  const act = (action: Exclude<CardAction, "compose">) => {
    switch (action) {
      case "schedule":
      case "edit":
      case "takeBack":
        return open(action);
      case "retry":
        return inDoubt.length > 0 ? open("retry") : void actions.retry(post);
      case "unschedule":
        return void actions.unschedule(post);
      case "publish":
        return void actions.publishNow(post);
      case "duplicate":
        return void actions.duplicate(post);
      case "delete":
        return void actions.remove(post);
    }
  };

  return (
    <article
      className={classes.card}
      aria-label={words("post.label", { text: first })}
      data-post={post.id}
    >
      <CardMoment post={post} zone={zone} />
      <div className={classes.body}>
        <header className={classes.head}>
          <StatusChip status={post.status} />
          {post.topic && <span className={classes.topic}>{post.topic}</span>}
          {post.campaign_id && <CampaignTag id={post.campaign_id} />}
          <CardActions post={post} onAct={act} />
        </header>
        <CardText post={post} />
        <CardPictures post={post} />
        <DeliveryLines post={post} zone={zone} />
        <PostError post={post} onAct={act} />
        {inDoubt.map((delivery) => (
          <DoubtPanel key={delivery.id} post={post} delivery={delivery} />
        ))}
      </div>
      <Suspense fallback={null}>
        {dialog === "schedule" && (
          <ScheduleModal
            onClose={close}
            zone={zone}
            from={startingMoment(post)}
            onSchedule={(moment, anyway) => actions.schedule(post, moment, anyway)}
          />
        )}
        {dialog === "edit" && <EditTextModal post={post} onClose={close} />}
      </Suspense>
      {dialog === "takeBack" && <TakeBackModal post={post} onClose={close} />}
      {dialog === "retry" && (
        <RetryModal post={post} onClose={close} onRetry={() => actions.retry(post)} />
      )}
    </article>
  );
}

/** The moment it has if that is still to come, else the next full ten minutes. */
function startingMoment(post: Post): number {
  const at = post.scheduled_at ? Date.parse(post.scheduled_at) : 0;
  const now = serverNow();
  return at > now ? at : Math.ceil((now + TEN_MINUTES / 2) / TEN_MINUTES) * TEN_MINUTES;
}
