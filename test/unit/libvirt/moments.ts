import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FIXTURES } from './tree.ts';

export const VM = '11111111-2222-4333-8444-555555555501';
export const STATUS = 'state/qemu/web1.xml';

/** The bytes of a fixture. */
export function fixture(...path: readonly string[]): Buffer {
  return readFileSync(join(FIXTURES, ...path));
}

/** The network port files of a moment that tell of a MAC, by their path below the moment. */
export function portFilesOf(moment: string, mac: string, network = 'ovs'): string[] {
  const folder = join('state', 'network', network, 'ports');
  return readdirSync(join(FIXTURES, moment, folder))
    .map((name) => join(folder, name))
    .filter((path) => fixture(moment, path).includes(mac));
}

/** The one port file of a MAC. */
export function portFileOf(moment: string, mac: string, network = 'ovs'): string {
  const [file] = portFilesOf(moment, mac, network);
  if (file === undefined) throw new Error(`${moment} has no port file of ${mac}`);
  return file;
}

/** The interfaceid of a MAC in a moment, out of its domain's status. */
export function interfaceIdOf(moment: string, mac: string): string {
  const found = new RegExp(`'${mac}'[^]*?interfaceid='([^']+)'`).exec(fixture(moment, STATUS).toString())?.[1];
  if (found === undefined) throw new Error(`${moment} has no NIC ${mac}`);
  return found;
}

/** A port's id: the name of its file. */
export function portIdOf(file: string): string {
  return basename(file, '.xml');
}
