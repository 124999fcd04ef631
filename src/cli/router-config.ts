import type { VlanId } from '../pvlan/vlan-id.ts';

/** Tools that keep a Linux router's network configuration. */
export const routerTools = ['ifupdown', 'systemd-networkd', 'networkmanager'] as const;
export type RouterTool = (typeof routerTools)[number];

export interface RouterInterface {
  readonly primary: VlanId;
  /** The interface that carries the VLAN tagged; with `tagged` false it is in the VLAN itself. */
  readonly interface: string;
  readonly tagged: boolean;
  /** With prefix length, such as 192.0.2.1/24. */
  readonly addresses: readonly string[];
  /** Whether guests of the Private VLAN may talk to each other through the router. */
  readonly proxy: boolean;
}

/** Linux configuration of a router's interface in a Private VLAN, as text to put where its first comment says. */
export function routerConfig(router: RouterInterface, tool: RouterTool): string {
  switch (tool) {
    case 'ifupdown':
      return ifupdown(router);
    case 'systemd-networkd':
      return networkd(router);
    case 'networkmanager':
      return networkManager(router);
  }
}

/** Name of the interface that has the addresses; Linux allows 15 characters. */
function nameOf({ primary, interface: parent, tagged }: RouterInterface): string {
  return tagged ? `vlan${primary}` : parent;
}

function sysctls(router: RouterInterface): readonly (readonly [key: string, value: 0 | 1])[] {
  const { proxy } = router;
  // With slashes first, a dot is a dot: the name of an interface may have some (sysctl.d(5), sysctl(8)).
  const conf = `net/ipv4/conf/${nameOf(router)}`;
  return [
    ['net.ipv4.ip_forward', 1],
    ['net.ipv6.conf.all.forwarding', 1],
    [`${conf}/proxy_arp_pvlan`, proxy ? 1 : 0],
    [`${conf}/send_redirects`, 0],
    // The kernel sends redirects when either this or the interface's own switch says so.
    ['net.ipv4.conf.all.send_redirects', 0],
  ];
}

function ifupdown(router: RouterInterface): string {
  const name = nameOf(router);
  const families = router.addresses.map((address) => [
    `iface ${name} ${address.includes(':') ? 'inet6' : 'inet'} static`,
    `    address ${address}`,
  ]);
  const [first = [`iface ${name} inet manual`], ...others] = families;
  return lines([
    `# /etc/network/interfaces.d/${name}`,
    `auto ${name}`,
    ...first,
    ...(router.tagged ? [`    vlan-raw-device ${router.interface}`] : []),
    ...sysctls(router).map(([key, value]) => `    post-up sysctl -w ${key.replace(`/${name}/`, '/$IFACE/')}=${value}`),
    ...others.flat(),
  ]);
}

function networkd(router: RouterInterface): string {
  const name = nameOf(router);
  const device = router.tagged
    ? [
        `# /etc/systemd/network/20-${name}.netdev`,
        '[NetDev]',
        `Name=${name}`,
        'Kind=vlan',
        '',
        '[VLAN]',
        `Id=${router.primary}`,
        '',
        `# add to the [Network] section of ${router.interface}'s own .network file`,
        `VLAN=${name}`,
        '',
      ]
    : [];
  return lines([
    ...device,
    `# /etc/systemd/network/20-${name}.network`,
    '[Match]',
    `Name=${name}`,
    '',
    '[Network]',
    ...router.addresses.map((address) => `Address=${address}`),
    ...(router.proxy ? ['IPv4ProxyARPPrivateVLAN=yes'] : []),
    '',
    ...sysctlFile(router),
  ]);
}

function networkManager(router: RouterInterface): string {
  const name = nameOf(router);
  const v4 = router.addresses.filter((address) => !address.includes(':'));
  const v6 = router.addresses.filter((address) => address.includes(':'));
  const family = (addresses: readonly string[], none: string): string[] => [
    `method=${addresses.length === 0 ? none : 'manual'}`,
    ...addresses.map((address, index) => `address${index + 1}=${address}`),
    '',
  ];
  return lines([
    `# /etc/NetworkManager/system-connections/${name}.nmconnection (mode 0600)`,
    '[connection]',
    `id=${name}`,
    `type=${router.tagged ? 'vlan' : 'ethernet'}`,
    `interface-name=${name}`,
    '',
    ...(router.tagged ? ['[vlan]', `parent=${router.interface}`, `id=${router.primary}`, ''] : []),
    '[ipv4]',
    ...family(v4, 'disabled'),
    '[ipv6]',
    ...family(v6, 'link-local'),
    ...sysctlFile(router),
  ]);
}

/** systemd's udev rule applies such a file to interfaces that appear later, too (sysctl.d(5)). */
function sysctlFile(router: RouterInterface): readonly string[] {
  return [
    `# /etc/sysctl.d/60-pvlan-${nameOf(router)}.conf`,
    ...sysctls(router).map(([key, value]) => `${key} = ${value}`),
  ];
}

function lines(all: readonly string[]): string {
  return all.join('\n');
}
