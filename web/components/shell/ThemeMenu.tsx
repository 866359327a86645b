import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconDeviceDesktop,
  IconMoon,
  IconSun,
  type TablerIcon,
} from "@tabler/icons-react";
import { useWords } from "@/hooks/useWords";

const SCHEMES = ["light", "dark", "auto"] as const;
const ICONS: Record<(typeof SCHEMES)[number], TablerIcon> = {
  light: IconSun,
  dark: IconMoon,
  auto: IconDeviceDesktop,
};

export function ThemeMenu() {
  const words = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = ICONS[colorScheme];
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={words("theme.label")}>
          <Current size={18} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map((scheme) => {
          const Icon = ICONS[scheme];
          return (
            <Menu.Item
              key={scheme}
              role="menuitemradio"
              aria-checked={colorScheme === scheme}
              leftSection={<Icon size={16} aria-hidden />}
              rightSection={colorScheme === scheme && <IconCheck size={14} aria-hidden />}
              onClick={() => setColorScheme(scheme)}
            >
              {words(`theme.${scheme}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
