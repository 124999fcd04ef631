/**
 * Calls `expired` after `timeoutMs`, but not before what had arrived by then was read: a timer that fires late because
 * this process was busy must not blame the peer. The result calls it off.
 */
export function deadline(timeoutMs: number, expired: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(expired);
  }, timeoutMs);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
