import type { Mac } from '../lab/ethernet.ts';
import type { Portgroup } from '../lab/libvirt-xml.ts';
import type { PvlanSection } from './hypervisor-agent.ts';
import { ISOLATED, PRIMARY } from './scene.ts';
import type { Protection } from './scene.ts';

export const GUEST_MAC: Mac = '52:54:00:00:00:0a';
export const GUEST_IP = '10.0.0.1';

/** What the guest that moves is. A community guest is a member of `blue`. */
export type MoverRole = 'isolated' | 'community' | 'promiscuous';

export type Part = 'router' | 'isolated' | 'blue' | 'red';

/** An endpoint that the guest exchanges frames with, or must not. */
export interface Station {
  readonly name: string;
  readonly part: Part;
  /** Where its port is: a hypervisor, by name, or the physical switch. */
  readonly on: 'a' | 'b' | 'switch';
  readonly mac: Mac;
  readonly ip: string;
}

const COMMUNITY = `community-${PRIMARY}-blue`;
/** `port-profile` of the stations; a router is plugged into an access port instead. */
export const PROFILES: Readonly<Record<Exclude<Part, 'router'>, string>> = {
  isolated: ISOLATED,
  blue: COMMUNITY,
  red: `community-${PRIMARY}-red`,
};

/** A VLAN for each kind of sender: only so does a community span hypervisors. */
export const SECONDARY_VLANS = { isolated: 2103, communities: { blue: 2104, red: 2105 } } as const;

function stations(part: Part, first: number, places: readonly Station['on'][]): readonly Station[] {
  return places.map((on, number) => ({
    name: `${part}-${on}`,
    part,
    on,
    mac: `02:00:00:00:00:${(first + number).toString(16).padStart(2, '0')}`,
    ip: `10.0.0.${first + number}`,
  }));
}

const ROUTERS = stations('router', 241, ['a', 'b', 'switch']);
const [SWITCH_ROUTER] = ROUTERS.slice(-1);
const VICTIMS = stations('isolated', 21, ['a', 'b']);
const BLUES = stations('blue', 31, ['a', 'b']);
const REDS = stations('red', 41, ['a', 'b']);
/** It has no role there: the physical switch is not one that knows Private VLANs. */
const BEHIND = stations('isolated', 29, ['switch']);

export interface Cast {
  /** Whom the guest has to reach, wherever both are. */
  readonly peers: readonly Station[];
  /** Whom it must never reach, nor be reached by. */
  readonly strangers: readonly Station[];
}

/** Who stands around a guest of `role`. */
export function castFor(role: MoverRole): Cast {
  switch (role) {
    case 'isolated':
      return { peers: ROUTERS, strangers: [...VICTIMS, ...BLUES] };
    case 'community':
      return { peers: [...BLUES, ...(SWITCH_ROUTER ? [SWITCH_ROUTER] : [])], strangers: [...VICTIMS, ...REDS] };
    case 'promiscuous':
      return { peers: [...VICTIMS, ...BEHIND], strangers: [] };
  }
}

/** The Private VLAN as each hypervisor's agent has it: communities go over the wire in VLANs of their own. */
export function pvlanFor(role: MoverRole): PvlanSection {
  if (role === 'community') return { primary: PRIMARY, ...SECONDARY_VLANS };
  const promiscuousMacs = role === 'isolated' ? ROUTERS.map(({ mac }) => mac) : [GUEST_MAC];
  return { primary: PRIMARY, promiscuousMacs };
}

/** The portgroup of the guest; parked from birth if that is wanted. */
export function portgroupFor(role: MoverRole, protection: Protection, bornParked: boolean): Portgroup {
  const name = role === 'community' ? COMMUNITY : role === 'isolated' ? ISOLATED : 'router';
  if (protection === 'none' || role === 'promiscuous') return { name, tag: PRIMARY };
  return bornParked ? { name: 'born-parked', bornParked, profileId: name } : { name };
}
