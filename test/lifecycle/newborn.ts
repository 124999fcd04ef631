import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';

/** A birth is over when the guest has sent this many frames through the new port. */
export const ENOUGH = 100;

/** The name of the port whose NIC has this MAC; `undefined` when there is none. */
export async function findPort(host: Host, mac: Mac): Promise<string | undefined> {
  const found = await host.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:attached-mac="${mac}"`);
  return found === '' ? undefined : found;
}

/** Whether there is a port whose NIC has this MAC. */
export async function hasPort(host: Host, mac: Mac): Promise<boolean> {
  return (await findPort(host, mac)) !== undefined;
}

/** Waits for the port whose NIC has this MAC. */
export async function portOf(host: Host, mac: Mac): Promise<string> {
  return until(`a port for ${mac}`, () => findPort(host, mac));
}

/** Frames that came in through the port so far. */
export async function sentBy(host: Host, port: string): Promise<number> {
  const text = await host.ofctl('dump-ports', 'br0', port);
  return Number(/rx pkts=(\d+)/.exec(text)?.[1] ?? 0);
}

/** Waits until so many frames have come in through the port, and returns how many. */
export async function sends(host: Host, port: string, frames: number): Promise<number> {
  const enough = async (): Promise<number | undefined> => {
    const sent = await sentBy(host, port);
    return sent >= frames ? sent : undefined;
  };
  return until(`${frames} frames of the guest at ${port}`, enough, { timeout: 30_000, interval: 50 });
}
