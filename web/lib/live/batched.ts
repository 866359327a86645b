/** Collects items: hands over the first at once, then at most one lot every `pause` ms. */
export function batched<T>(pause: number, take: (items: T[]) => void) {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    if (waiting.length === 0) return;
    const items = waiting;
    waiting = [];
    timer = setTimeout(flush, pause);
    take(items);
  };

  return {
    add(item: T) {
      waiting.push(item);
      if (timer === undefined) flush();
    },
    cancel: () => clearTimeout(timer),
  };
}
