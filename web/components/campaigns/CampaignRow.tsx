import { ActionIcon, Menu, Progress } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import Link from "next/link";
import { PauseButton } from "@/components/ui/PauseButton";
import { PausedSince } from "@/components/ui/PausedSince";
import { useDashboard } from "@/contexts/DashboardContext";
import { useDialog } from "@/hooks/useDialog";
import { useWords } from "@/hooks/useWords";
import { progressOf } from "@/lib/posts/progress";
import { pauseCampaign, renameCampaign, resumeCampaign } from "@/lib/python-backend/api/campaigns";
import type { Campaign } from "@/lib/python-backend/types";
import classes from "./CampaignRow.module.css";
import { DeleteModal } from "./DeleteModal";
import { NameModal } from "./NameModal";

/** One campaign: how far its posts are, and what can be done with all of them. */
export function CampaignRow({ campaign }: { campaign: Campaign }) {
  const words = useWords();
  const { zone } = useDashboard();
  const { dialog, open, close } = useDialog<"rename" | "delete">();
  const { id, name, paused_at: paused } = campaign;
  const { total, published, waiting, stuck } = progressOf(campaign);
  const facts = [
    words("campaign.published", { published, total }),
    waiting > 0 && words("campaign.waiting", { count: waiting }),
  ].filter(Boolean);
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <Link href={`/posts/?campaign=${id}`} className={classes.name}>
          {name}
        </Link>
        {paused && <PausedSince instant={paused} zone={zone} />}
        <div className={classes.facts}>
          <span>{total === 0 ? words("campaign.empty") : facts.join(" · ")}</span>
          {stuck > 0 && (
            <Link
              href={`/posts/?campaign=${id}&status=failed,missed,unconfirmed,partially_published`}
              className={classes.stuck}
            >
              {words("campaign.stuck", { count: stuck })}
            </Link>
          )}
        </div>
        <Progress
          value={total === 0 ? 0 : (published / total) * 100}
          size="sm"
          color="var(--pc-green)"
          aria-label={words("campaign.progress", { name })}
        />
      </div>
      <div className={classes.tools}>
        <PauseButton
          name={name}
          paused={paused !== null}
          pause={() => pauseCampaign(id)}
          resume={() => resumeCampaign(id)}
        />
        <Menu position="bottom-end" width={180}>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={30}
              aria-label={words("campaign.moreNamed", { name })}
            >
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconPencil size={15} aria-hidden />}
              onClick={() => open("rename")}
            >
              {words("action.rename")}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconTrash size={15} aria-hidden />}
              onClick={() => open("delete")}
            >
              {words("action.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {dialog === "rename" && (
        <NameModal
          title={words("action.rename")}
          button={words("action.save")}
          name={name}
          onSave={(next) => renameCampaign(id, next)}
          onClose={close}
        />
      )}
      {dialog === "delete" && <DeleteModal campaign={campaign} onClose={close} />}
    </li>
  );
}
