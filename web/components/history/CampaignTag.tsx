import { IconFlag } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { campaignsQuery } from "@/lib/python-backend/api/campaigns";
import classes from "./CampaignTag.module.css";

/** The campaign a post belongs to; leads to all of its posts. */
export function CampaignTag({ id }: { id: string }) {
  const { data: campaigns } = useQuery(campaignsQuery);
  const found = campaigns?.find((one) => one.id === id);
  if (!found) return null;
  return (
    <Link href={`/posts/?campaign=${id}`} className={classes.tag}>
      <IconFlag size={13} aria-hidden />
      {found.name}
    </Link>
  );
}
