import type { Mac } from '../lab/ethernet.ts';

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
 * A script for a guest that sends to its neighbours whenever it has the NIC, from the first moment on: to their MAC addresses as they
 * are and tagged with the primary VLAN 2102, and to everybody. It needs no answer to anything.
 */
export function hostility({ nic, address, targets, interval }: HostilityOptions): string {
  const there = `[ -e /sys/class/net/${nic} ]`;
  const seconds = interval / 1000;
  const forever = (command: string): string => `while ${there}; do ${command}; usleep ${interval * 1000}; done &`;
  const tagged = `${nic}.2102`;
  return [
    'while :; do',
    `while ! ${there}; do usleep 200; done`,
    `ip addr add ${address} dev ${nic}`,
    `ip link set ${nic} up`,
    ...targets.map((target) => `arp -i ${nic} -s ${target.address} ${target.mac}`),
    ...targets.map((target) => forever(`ping -q -i ${seconds} -I ${nic} ${target.address}`)),
    `ip link add link ${nic} name ${tagged} type vlan id 2102`,
    `ip addr add ${elsewhere(address)} dev ${tagged}`,
    `ip link set ${tagged} up`,
    ...targets.flatMap((target) => [
      `arp -i ${tagged} -s ${elsewhere(target.address)} ${target.mac}`,
      forever(`ping -q -i ${seconds} -I ${tagged} ${elsewhere(target.address)}`),
    ]),
    forever(`arping -b -q -c 1 -w 1 -I ${nic} 10.0.0.77`),
    `while ${there}; do usleep 10000; done`,
    // Whoever still waits on a NIC that is gone; the others begin anew.
    'killall ping arping',
    'wait',
    'done',
  ].join('\n');
}

/** The same address in another network, for the frames that go out tagged. */
function elsewhere(address: string): string {
  return address.replace(/^10\.0\./, '10.9.');
}
