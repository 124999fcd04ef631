import { Document, isNode, Scalar, YAMLMap } from 'yaml';
import { formatIpPrefix } from '../pvlan/ip-prefix.ts';
import type { Role } from '../pvlan/role.ts';
import type { WireMode } from '../pvlan/wire-mode.ts';
import type { FleetConfig, LibvirtConfig, LoadedConfig } from './config.ts';

/**
 * The effective configuration as YAML that `loadConfig` reads back to the same values, each key with a comment that says
 * where its value came from.
 */
export const formatConfig = (config: LoadedConfig): string => {
  const document = new Document(plain(config));
  const root = document.contents;
  if (root instanceof YAMLMap) annotate(root, '', config.origins);
  return document.toString({ lineWidth: 0 });
};

/** `config` as the file would say it; what has no value is left out. */
const plain = (config: LoadedConfig): object => ({
  ovsdb: config.ovsdb,
  ...(config.ssl === undefined ? {} : { ssl: config.ssl }),
  openflow: config.openflow,
  libvirt: config.libvirt === 'none' ? 'none' : libvirt(config.libvirt),
  ...(config.bridges === undefined ? {} : { bridges: config.bridges }),
  control: config.control,
  unresolved: config.unresolved,
  outside: Object.fromEntries(config.outside),
  pvlans: config.pvlans.map(({ primary, promiscuousMacs, wire, guards }) => ({
    primary,
    promiscuousMacs,
    ...secondaries(wire),
    guards,
  })),
  portgroups: Object.fromEntries(
    [...new Set([...config.portgroups.keys(), ...config.txOffload])].map((name) => [name, portgroup(config, name)]),
  ),
  guests: Object.fromEntries(
    [...config.guests].map(([mac, { addresses, extraMacs, groupMacs = [], nested }]) => [
      mac,
      {
        ...(addresses === undefined ? {} : { addresses: addresses.map(formatIpPrefix) }),
        extraMacs: [...extraMacs, ...groupMacs],
        ...(nested === true ? { nested } : {}),
      },
    ]),
  ),
  ...(config.fleet === undefined ? {} : { fleet: fleet(config.fleet) }),
  tables: config.tables,
  log: config.log,
});

const fleet = ({ ssl, ...rest }: FleetConfig): object => ({ ...rest, ...(ssl === undefined ? {} : { ssl }) });

const libvirt = ({ stateDir, configDir, virshUri }: LibvirtConfig): object => ({
  stateDir,
  configDir,
  ...(virshUri === undefined ? {} : { virshUri }),
});

const secondaries = (wire: WireMode): object => {
  if (wire.kind === 'single') return {};
  const { isolated, communities } = wire;
  return {
    ...(isolated === undefined ? {} : { isolated }),
    ...(communities.size === 0 ? {} : { communities: Object.fromEntries(communities) }),
  };
};

const portgroup = (config: LoadedConfig, name: string): object => {
  const listed = config.portgroups.get(name);
  return {
    ...(listed === undefined ? {} : listed === 'none' ? { role: listed } : entry(listed)),
    ...(config.txOffload.has(name) ? { txOffload: 'off' } : {}),
  };
};

const entry = ({ kind, ...rest }: Role): object => ({ role: kind, ...rest });

const annotate = (map: YAMLMap, parent: string, origins: ReadonlyMap<string, string>): void => {
  for (const pair of map.items) {
    if (!(pair.key instanceof Scalar)) continue;
    const key = `${parent}${String(pair.key.value)}`;
    const origin = origins.get(key);
    if (origin === undefined) {
      if (pair.value instanceof YAMLMap) annotate(pair.value as YAMLMap, `${key}.`, origins);
    } else if (pair.value instanceof Scalar) {
      pair.value.comment = ` ${origin}`;
    } else if (isNode(pair.value)) {
      pair.value.commentBefore = ` ${origin}`;
    }
  }
};
