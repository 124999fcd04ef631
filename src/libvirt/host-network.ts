import { errnoOf, messageOf } from '../base/thrown.ts';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { XmlElement } from './element.ts';
import { parseNetwork, type Network } from './network.ts';
import { readBounded } from './read-file.ts';
import { DEFAULT_MAX_BYTES, parseXml } from './xml.ts';

/** A network of this host, with all that decides how libvirt plugs its guests in (https://libvirt.org/formatnetwork.html). */
export interface HostNetwork extends Network {
  /** `<forward mode=>`: `bridge` for a bridge that is there, others for one that libvirt makes itself, or none. */
  readonly forward: string | undefined;
  /** What libvirt takes the bridge for, by portgroup name: the portgroup's `<virtualport type=>`, else the network's. */
  readonly virtualports: ReadonlyMap<string, string>;
}

export interface HostNetworks {
  /** The live networks, then those that are only defined. */
  readonly networks: readonly HostNetwork[];
  /** What cannot be read or understood, each with its cause. */
  readonly problems: readonly string[];
}

/** By absolute path. */
export interface LibvirtFolders {
  readonly stateDir: string;
  readonly configDir: string;
}

/** Throws XmlRefused for what is no network of libvirt's. */
export function parseHostNetwork(bytes: Uint8Array, file: string): HostNetwork {
  const network = parseNetwork(bytes, file);
  const root = parseXml(bytes, file, ['networkstatus', 'network']);
  const element = root.child('network') ?? root;
  const typeOf = (owner: XmlElement | undefined): string | undefined => owner?.child('virtualport')?.attribute('type');
  const groups = element.childrenNamed('portgroup');
  const virtualports = network.portgroups.flatMap(({ name }): [string, string][] => {
    const type = typeOf(groups.find((group) => group.attribute('name') === name)) ?? typeOf(element);
    return type === undefined ? [] : [[name, type]];
  });
  return { ...network, forward: element.child('forward')?.attribute('mode'), virtualports: new Map(virtualports) };
}

/** Reads the files in libvirt's folders of run state and configuration once. Never rejects. */
export async function readHostNetworks({ stateDir, configDir }: LibvirtFolders): Promise<HostNetworks> {
  const live = await readFolder(join(stateDir, 'network'));
  const defined = await readFolder(join(configDir, 'qemu', 'networks'));
  const names = new Set(live.networks.map(({ name }) => name));
  return {
    networks: [...live.networks, ...defined.networks.filter(({ name }) => !names.has(name))],
    // A host whose networks are all stopped has no folder of live ones, and one with transient networks no other.
    problems: [
      ...(live.absent && defined.absent ? [...live.problems, ...defined.problems] : []),
      ...[live, defined].filter(({ absent }) => !absent).flatMap(({ problems }) => problems),
    ],
  };
}

async function readFolder(folder: string): Promise<HostNetworks & { readonly absent: boolean }> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.xml')).sort();
  } catch (error) {
    const problem = `cannot read ${folder}: ${messageOf(error)}`;
    return { networks: [], problems: [problem], absent: errnoOf(error) === 'ENOENT' };
  }
  const networks: HostNetwork[] = [];
  const problems: string[] = [];
  for (const file of names.map((name) => join(folder, name))) {
    try {
      const content = await readBounded(file, DEFAULT_MAX_BYTES);
      if (content !== undefined) networks.push(parseHostNetwork(content.bytes, file));
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return { networks, problems, absent: false };
}
