"use client";

import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useDialog } from "@/hooks/useDialog";
import { useWords } from "@/hooks/useWords";
import { createCampaign } from "@/lib/python-backend/api/campaigns";
import { NameModal } from "./NameModal";

export function NewCampaign() {
  const words = useWords();
  const { dialog, open, close } = useDialog<"name">();
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => open("name")}
      >
        {words("campaign.new")}
      </Button>
      {dialog && (
        <NameModal
          title={words("campaign.new")}
          button={words("campaign.create")}
          name=""
          onSave={createCampaign}
          onClose={close}
        />
      )}
    </>
  );
}
