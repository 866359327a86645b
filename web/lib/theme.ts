import {
  Button,
  createTheme,
  defaultVariantColorsResolver,
  Modal,
  NumberInput,
  PasswordInput,
  Popover,
  Select,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";

/** One accent, brass, for the primary action and for today; everything else is neutral. */
export const theme = createTheme({
  scale: 0.875,
  primaryColor: "brass",
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  variantColorResolver: (input) => {
    const colours = defaultVariantColorsResolver(input);
    const accent = input.variant === "filled" && (input.color ?? "brass") === "brass";
    return accent ? { ...colours, color: "var(--pc-on-accent)" } : colours;
  },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "20px", lineHeight: "28px" } } },
  colors: {
    brass: [
      "#fdf6e7",
      "#f8e8c6",
      "#f0d197",
      "#e7b965",
      "#dda63f",
      "#cc9029",
      "#b7791f",
      "#91600f",
      "#754c0b",
      "#5a3a08",
    ],
    gray: [
      "#faf9f7",
      "#f4f3f0",
      "#eae8e3",
      "#dedbd4",
      "#cbc7be",
      "#75726b",
      "#65625b",
      "#494640",
      "#34322d",
      "#211f1c",
    ],
    dark: [
      "#dedcd7",
      "#bab7b0",
      "#9b9890",
      "#6a6761",
      "#403e3a",
      "#302f2c",
      "#242322",
      "#1b1b1a",
      "#131312",
      "#0d0d0c",
    ],
  },
  components: {
    Button: Button.extend({ styles: { label: { fontWeight: 500 } } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, radius: 12, transitionProps: { duration: 120 } },
    }),
    Popover: Popover.extend({ defaultProps: { transitionProps: { duration: 100 } } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        withArrow: true,
        openDelay: 250,
        events: { hover: true, focus: true, touch: true },
      },
    }),
    TextInput: TextInput.extend({ defaultProps: { size: "sm" } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "sm" } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: "sm" } }),
    Select: Select.extend({ defaultProps: { size: "sm" } }),
    Textarea: Textarea.extend({ defaultProps: { size: "sm" } }),
  },
});
