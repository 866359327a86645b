import { useCallback, useRef, useState } from "react";

/** Which dialog is open; closing it gives the focus back to what opened it. */
export function useDialog<Name extends string>() {
  const [dialog, setDialog] = useState<Name | null>(null);
  const opener = useRef<Element | null>(null);

  const open = useCallback((name: Name) => {
    opener.current = document.activeElement;
    setDialog(name);
  }, []);

  const close = useCallback(() => {
    setDialog(null);
    const back = opener.current;
    // The dialog's trap lets go of the focus once it has left the page.
    setTimeout(() => back instanceof HTMLElement && back.isConnected && back.focus());
  }, []);

  return { dialog, open, close };
}
