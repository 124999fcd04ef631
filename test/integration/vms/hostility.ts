import type { Mac } from '../../lab/ethernet.ts';

/** A neighbour to be reached against the rules. */
export interface Target {
  readonly address: string;
  readonly mac: Mac;
}

export interface HostilityOptions {
  readonly nic: string;
  /** With prefix length. */
  readonly address: string;
  readonly targets: readonly Target[];
  /** Milliseconds between two frames of each kind to each target. */
  readonly interval: number;
}

/**
 * A script for a guest that waits for its NIC and then never stops sending to its neighbours: to their MAC addresses as they
 * are and tagged with the primary VLAN 2102, and to everybody. It needs no answer to anything.
 */
export function hostility({ nic, address, targets, interval }: HostilityOptions): string {
  const seconds = interval / 1000;
  const forever = (command: string): string => `while :; do ${command}; usleep ${interval * 1000}; done &`;
  const tagged = `${nic}.2102`;
  return [
    `while ! [ -e /sys/class/net/${nic} ]; do usleep 200; done`,
    `ip addr add ${address} dev ${nic}`,
    `ip link set ${nic} up`,
    ...targets.map((target) => `arp -i ${nic} -s ${target.address} ${target.mac}`),
    ...targets.map((target) => forever(`ping -q -i ${seconds} -I ${nic} ${target.address}`)),
    `ip link add link ${nic} name ${tagged} type vlan id 2102`,
    `ip link set ${tagged} up`,
    ...targets.flatMap((target) => [
      `ip route add ${elsewhere(target.address)}/32 dev ${tagged}`,
      `arp -i ${tagged} -s ${elsewhere(target.address)} ${target.mac}`,
      forever(`ping -q -i ${seconds} ${elsewhere(target.address)}`),
    ]),
    forever(`arping -b -q -c 1 -w 1 -I ${nic} 10.0.0.77`),
    'wait',
  ].join('\n');
}

/** An address that nobody has, for the frames that go out tagged. */
function elsewhere(address: string): string {
  return address.replace(/^10\.0\./, '10.9.');
}
