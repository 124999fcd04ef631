const collator = new Intl.Collator('en', { numeric: true });

/** Orders names as people do: vnet2 before vnet10. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b);
}
