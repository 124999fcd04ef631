import type { Mac } from './ethernet.ts';

/** What a test wants of a port; everything but `name` and `mac` has the default that libvirt has. */
export interface PlugOptions {
  /** At most 15 characters, unique on its host. */
  readonly name: string;
  /** Default `br0`. */
  readonly bridge?: string;
  readonly mac: Mac;
  /** The NIC's `iface-id`: a UUID made up by default; `false` gives a plain port with no external_ids at all. */
  readonly ifaceId?: string | false;
  readonly vmId?: string;
  /** `external_ids:port-profile`, which libvirt takes from `<parameters profileid=>`. */
  readonly portProfile?: string;
  /** Access VLAN. */
  readonly tag?: number;
  readonly trunks?: readonly number[];
  /** The port is created with `trunks=[4095]`, as a portgroup with `<vlan trunk='yes'><tag id='4095'/></vlan>` does. */
  readonly bornParked?: boolean;
  /** Further columns of the Port row, as `ovs-vsctl set` takes them: `{ protected: 'true' }`. */
  readonly portColumns?: Readonly<Record<string, string>>;
  /** Further keys of Interface.external_ids. */
  readonly interfaceExternalIds?: Readonly<Record<string, string>>;
  /** `false` only writes the rows, for when ovs-vswitchd does not run; `send` waits until it does. Default true. */
  readonly wait?: boolean;
}

/** The address of a port's other end, where frames come from and go to. */
export interface PortBackend {
  readonly stream: string;
}

function quoted(value: string): string {
  return JSON.stringify(value);
}

/**
 * The `ovs-vsctl` arguments that add the port in one transaction and leave the row that libvirt 9.0 was seen to leave (its
 * virNetDevOpenvswitchAddPort, src/util/virnetdevopenvswitch.c); what is ours is the interface's type alone.
 */
export function addPortArguments(
  options: PlugOptions,
  ids: { ifaceId: string; vmId: string } | undefined,
  backend: PortBackend,
): string[] {
  const { name, bridge = 'br0', mac } = options;
  const trunks = options.bornParked ? [4095] : (options.trunks ?? []);
  const columns = [
    ...(options.tag === undefined ? [] : [`tag=${options.tag}`]),
    ...(trunks.length === 0 ? [] : [`trunks=${trunks.join(',')}`]),
    ...Object.entries(options.portColumns ?? {}).map(([column, value]) => `${column}=${value}`),
  ];
  const externalIds = {
    ...(ids
      ? {
          'attached-mac': mac,
          'iface-id': ids.ifaceId,
          'vm-id': ids.vmId,
          ...(options.portProfile === undefined ? {} : { 'port-profile': options.portProfile, ifname: name }),
          'iface-status': 'active',
        }
      : {}),
    ...options.interfaceExternalIds,
  };
  return [
    ...['--', '--may-exist', 'add-port', bridge, name, ...columns],
    ...['--', 'set', 'Interface', name, 'type=dummy', `options:stream=${quoted(`unix:${backend.stream}`)}`],
    ...Object.entries(externalIds).map(([key, value]) => `external_ids:${key}=${quoted(value)}`),
  ];
}
