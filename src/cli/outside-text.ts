import type { PortStatus } from '../bridge/report/status.ts';

/** How many guests of a bridge are outside every Private VLAN and open, such as `2 guests outside …`; undefined for none. */
export function outsideText(ports: readonly PortStatus[]): string | undefined {
  const count = ports.filter(({ outside }) => outside).length;
  if (count === 0) return undefined;
  return `${count} guest${count === 1 ? '' : 's'} outside every Private VLAN, open`;
}
