import { ActionIcon, Menu } from "@mantine/core";
import { IconExternalLink, IconKeyboard, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useDashboard } from "@/contexts/DashboardContext";
import { useToasts } from "@/hooks/useToasts";
import { useWords } from "@/hooks/useWords";
import { signOut } from "@/lib/python-backend/api/auth";

export function ProfileMenu({ onShowKeys }: { onShowKeys: () => void }) {
  const words = useWords();
  const toasts = useToasts();
  const router = useRouter();
  const queries = useQueryClient();
  const { session } = useDashboard();
  const { user, sandbox_url: sandbox } = session;

  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      toasts.refused(words("refused.signOut"), error);
      return;
    }
    queries.clear();
    router.replace("/sign-in/");
  };

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={34}
          aria-label={words("profile.label", { name: user.name })}
        >
          <IconUserCircle size={19} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        {sandbox && (
          <Menu.Item
            component="a"
            href={sandbox}
            target="_blank"
            rel="noreferrer"
            leftSection={<IconExternalLink size={16} aria-hidden />}
          >
            {words("profile.sandbox")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onShowKeys}>
          {words("profile.keys")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {words("profile.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
