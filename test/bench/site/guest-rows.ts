import type { Operation } from '../../../src/ovsdb/operation.ts';
import { setOf, stringMap } from '../../../src/ovsdb/operation.ts';
import type { Uuid } from '../../../src/ovsdb/value.ts';

/** One guest's port as it is to be written. */
export interface GuestPort {
  readonly name: string;
  /** Tells guests apart, from 1; gives MAC and ids. */
  readonly number: number;
  readonly bornParked: boolean;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

export function macOf(number: number): string {
  return `02:00:00:${hex((number >> 16) & 0xff, 2)}:${hex((number >> 8) & 0xff, 2)}:${hex(number & 0xff, 2)}`;
}

export function ifaceIdOf(number: number): string {
  return `00000000-0000-4000-8000-${hex(number, 12)}`;
}

/** The operations of one transaction that adds `ports` to a bridge, with the rows that libvirt leaves, on devices of no traffic. */
export function addPorts(bridge: Uuid, ports: readonly GuestPort[]): Operation[] {
  const rows = ports.flatMap(({ name, number, bornParked }): Operation[] => {
    const ids = {
      ...{ 'attached-mac': macOf(number), 'iface-id': ifaceIdOf(number), 'vm-id': ifaceIdOf(number + 0x1000000) },
      ...{ 'port-profile': 'isolated-2102', ifname: name, 'iface-status': 'active' },
    };
    const parking = bornParked ? { trunks: setOf([4095]) } : {};
    const nic = { name, type: 'dummy', external_ids: stringMap(ids) };
    const port = { name, interfaces: ['named-uuid', `i${number}`], ...parking };
    return [
      { op: 'insert', table: 'Interface', 'uuid-name': `i${number}`, row: nic },
      { op: 'insert', table: 'Port', 'uuid-name': `p${number}`, row: port },
    ];
  });
  const added = ports.map(({ number }) => ['named-uuid', `p${number}`]);
  return [...rows, mutate(bridge, ['ports', 'insert', ['set', added]])];
}

/** The operation that takes ports off a bridge; their rows go with that. */
export function removePorts(bridge: Uuid, ports: readonly Uuid[]): Operation[] {
  return [mutate(bridge, ['ports', 'delete', ['set', ports.map((port) => ['uuid', port])]])];
}

function mutate(bridge: Uuid, mutation: readonly ['ports', 'insert' | 'delete', ['set', string[][]]]): Operation {
  return { op: 'mutate', table: 'Bridge', where: [['_uuid', '==', ['uuid', bridge]]], mutations: [mutation] };
}
