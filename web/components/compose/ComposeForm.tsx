import { MomentFields } from "@/components/schedule/MomentFields";
import { QuotaNote } from "@/components/schedule/QuotaNote";
import { ReadingQuestion } from "@/components/schedule/ReadingQuestion";
import { ConflictChoice } from "@/components/ui/ConflictChoice";
import { ErrorNote } from "@/components/ui/ErrorNote";
import { Sheet } from "@/components/ui/Page";
import { StatusChip } from "@/components/ui/StatusChip";
import { useDashboard } from "@/contexts/DashboardContext";
import { useReason } from "@/hooks/useReason";
import { useWords } from "@/hooks/useWords";
import { storedInstead } from "@/lib/posts/conflict";
import { wordings } from "@/lib/posts/content";
import { refusedQuotas } from "@/lib/posts/quotas";
import { readingsOf } from "@/lib/time/readings";
import { wallOf } from "@/lib/time/wall";
import { AccountChips } from "./AccountChips";
import { ActionBar } from "./ActionBar";
import { CampaignSelect } from "./CampaignSelect";
import classes from "./ComposeForm.module.css";
import type { ComposeFormProps } from "./formProps";
import { LateChoice } from "./LateChoice";
import { MediaTray } from "./MediaTray";
import { OptionsPanel } from "./options/OptionsPanel";
import { ProblemList } from "./ProblemList";
import { textOn } from "./state";
import { TextEditor } from "./TextEditor";
import { ThreadEditor } from "./ThreadEditor";
import { useCompose } from "./useCompose";
import { usePictureDrop } from "./usePictureDrop";

export function ComposeForm(props: ComposeFormProps) {
  const words = useWords();
  const reason = useReason();
  const { zone } = useDashboard();
  const form = useCompose(props);
  const { state, dispatch, problems, refusal } = form;
  const stored = storedInstead(refusal);
  const readings = readingsOf(refusal);
  const told = refusedQuotas(refusal);
  const quotas = told.length > 0 ? told : form.quotas;
  const answered = stored !== null || readings.length > 0 || told.length > 0;
  const drop = usePictureDrop(form.uploads.add);

  return (
    <form
      className={classes.form}
      data-over={drop.over}
      onSubmit={(event) => event.preventDefault()}
      {...drop.handlers}
    >
      <Sheet>
        <div className={classes.part}>
          <AccountChips
            accounts={props.accounts}
            chosen={state.accounts}
            problems={problems}
            onToggle={(id) => dispatch({ type: "account toggled", id })}
          />
        </div>
        <div className={classes.part}>
          <TextEditor
            state={state}
            dispatch={dispatch}
            accounts={props.accounts}
            platforms={props.platforms}
          />
          <ThreadEditor
            state={state}
            dispatch={dispatch}
            accounts={props.accounts}
            platforms={props.platforms}
          />
        </div>
        <div className={classes.part}>
          <MediaTray
            state={state}
            dispatch={dispatch}
            accounts={props.accounts}
            platforms={props.platforms}
            uploads={form.uploads}
          />
        </div>
        <div className={classes.part}>
          <OptionsPanel
            problems={problems}
            state={state}
            dispatch={dispatch}
            accounts={props.accounts}
            platforms={props.platforms}
          />
        </div>
        <fieldset className={classes.part}>
          <legend className={classes.heading}>{words("compose.when")}</legend>
          <MomentFields
            value={state.wall}
            zone={zone}
            onChange={(wall) => dispatch({ type: "moment picked", wall })}
          />
          <QuotaNote
            quotas={quotas}
            zone={zone}
            onUse={(at) => dispatch({ type: "moment picked", wall: wallOf(at, zone) })}
            onAnyway={form.blocked ? undefined : () => form.schedule(undefined, true)}
          />
          <LateChoice late={state.late} dispatch={dispatch} />
        </fieldset>
        <div className={classes.part}>
          <CampaignSelect campaign={state.campaign} dispatch={dispatch} />
        </div>
        {props.post && (
          <div className={classes.part}>
            <StatusChip status={props.post.status} />
          </div>
        )}
      </Sheet>
      <ProblemList problems={problems} state={state} dispatch={dispatch} />
      {readings.length > 0 && (
        <ReadingQuestion
          readings={readings}
          sentence={reason(refusal)}
          zone={zone}
          onChoose={(reading) => form.schedule(reading)}
        />
      )}
      {stored && (
        <ConflictChoice
          yours={
            state.text ||
            Object.keys(state.own)
              .map((one) => textOn(state, one))
              .join("\n\n")
          }
          stored={wordings(stored)
            .map(({ text }) => text)
            .join("\n\n")}
          onKeepYours={() => form.keepMine(stored.version)}
          onTakeStored={() => form.takeStored(stored)}
        />
      )}
      {refusal !== null && !answered && (
        <ErrorNote alert title={words("refused.save")}>
          {reason(refusal)}
        </ErrorNote>
      )}
      <ActionBar form={form} zone={zone} stored={props.post} />
    </form>
  );
}
