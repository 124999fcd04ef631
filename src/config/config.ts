import type { GuestFacts } from '../pvlan/guest-facts.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { PrivateVlan } from '../pvlan/policy.ts';
import type { PortgroupTable } from '../pvlan/portgroup.ts';

/** Files for TLS toward ovsdb-server, PEM, by absolute path. */
export interface SslConfig {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** How this host takes part in a fleet. */
export interface FleetConfig {
  /** Servers to read from, relays or members of the cluster, as `ovsdb` has them; never empty. */
  readonly remotes: readonly string[];
  /** Servers to write to, members of the cluster alone; never empty. */
  readonly members: readonly string[];
  /** This host's name in the fleet: the common name of its certificate. */
  readonly host: string;
  /** File in which what is known of others is kept over a restart. */
  readonly cache: string;
  /** Present whenever a remote begins with `ssl:`. */
  readonly ssl: SslConfig | undefined;
}

/** Where libvirt is: its folders by absolute path, and how virsh reaches it. */
export interface LibvirtConfig {
  readonly stateDir: string;
  readonly configDir: string;
  /** Undefined for virsh's own choice. */
  readonly virshUri: string | undefined;
}

/** Least severe level that is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Form of the log: `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'pretty' | 'json';

/** The agent's configuration, checked and with every default filled in. */
export interface Config {
  /** OVSDB remotes in order of preference, never empty: `unix:/path`, `tcp:host:port`, `ssl:host:port`. */
  readonly ovsdb: readonly string[];
  /** Present whenever a remote begins with `ssl:`. */
  readonly ssl: SslConfig | undefined;
  /** Folder of the sockets `<bridge>.mgmt`. */
  readonly openflow: string;
  readonly libvirt: LibvirtConfig | 'none';
  /** Bridges to manage; undefined stands for all. */
  readonly bridges: readonly string[] | undefined;
  /** Path of the agent's own control socket. */
  readonly control: string;
  readonly unresolved: 'quarantine' | 'open';
  /** What becomes of guests outside every Private VLAN, by bridge; elsewhere they stay open. */
  readonly outside: ReadonlyMap<string, 'open' | 'quarantine'>;
  /** Each primary VLAN at most once. */
  readonly pvlans: readonly PrivateVlan[];
  /** Roles by portgroup name, for names outside of the convention. */
  readonly portgroups: PortgroupTable;
  /** Names of portgroups in which guests' interfaces are to have transmit checksum offload switched off. */
  readonly txOffload: ReadonlySet<string>;
  /** What is known of single guests, by the address of their NIC. */
  readonly guests: ReadonlyMap<Mac, GuestFacts>;
  /** Undefined where the host is in no fleet. */
  readonly fleet: FleetConfig | undefined;
  /** First of the consecutive OpenFlow tables used after table 0. */
  readonly tables: {
    readonly first: number;
    /** Lowest priority used in table 0. */
    readonly lowestPriority: number;
  };
  readonly metrics: {
    /** `unix:/path`, a port of 127.0.0.1, or `address:port`; undefined: nothing is served. */
    readonly listen: string | undefined;
    /** Whether there are series for each port. */
    readonly endpoints: boolean;
  };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** A configuration that knows where each of its values came from. */
export interface LoadedConfig extends Config {
  /** By key as in the file (`log.level`, `pvlans`): `default`, a file's `path:line:column`, a flag or a variable. */
  readonly origins: ReadonlyMap<string, string>;
}
