import { expect } from 'chai';
import { printRouterConfig } from '../../../src/cli/networks.ts';
import { CommandError, ExitCode } from '../../../src/cli/exit-code.ts';
import { routerTools } from '../../../src/cli/router-config.ts';

function printed(options: Record<string, unknown>): string {
  let text = '';
  printRouterConfig({ primary: '2102', interface: 'eth0', for: 'ifupdown', ...options }, (line) => (text += line));
  return text;
}

/** The sysctl settings in `text`: where each is in /proc/sys, and its value. */
function settings(text: string, name: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/(?:^|sysctl -w )(net[./]\S+?) ?= ?([01])$/gm)];
  return Object.fromEntries(
    found.map(([, key = '', value = '']) => {
      // As sysctl reads it: the separator that comes first is the separator.
      const path = /^\w+\//.test(key) ? key : key.replaceAll('.', '/');
      return [path.replace('$IFACE', name), value];
    }),
  );
}

describe("a router's configuration", () => {
  for (const tool of routerTools) {
    describe(`for ${tool}`, () => {
      it('sets the switches of its own interface, whatever dots its name has', () => {
        for (const [options, name] of [
          [{ interface: 'eth0.5', access: true }, 'eth0.5'],
          [{ interface: 'eth0.5' }, 'vlan2102'],
          [{ interface: 'eth0', access: true }, 'eth0'],
        ] as const) {
          const text = printed({ for: tool, ...options });
          expect(settings(text, name), text).to.deep.equal({
            'net/ipv4/ip_forward': '1',
            'net/ipv6/conf/all/forwarding': '1',
            [`net/ipv4/conf/${name}/proxy_arp_pvlan`]: '1',
            [`net/ipv4/conf/${name}/send_redirects`]: '0',
            'net/ipv4/conf/all/send_redirects': '0',
          });
        }
      });

      it('does not answer for other guests when they are not to talk', () => {
        const text = printed({ for: tool, proxy: false });
        expect(settings(text, 'vlan2102')).to.include({ 'net/ipv4/conf/vlan2102/proxy_arp_pvlan': '0' });
        expect(text).not.to.contain('IPv4ProxyARPPrivateVLAN=yes');
      });

      it('has each address once', () => {
        const text = printed({ for: tool, address: ['192.0.2.1/24', '2001:db8::1/64'] });
        for (const address of ['192.0.2.1/24', '2001:db8::1/64']) {
          expect(text.split(address), text).to.have.length(2);
        }
      });
    });
  }

  it('is refused with what is wrong about an address', () => {
    const wrong: readonly (readonly [address: string, why: string])[] = [
      ['999.1.1.1/99', 'no IPv4 or IPv6 address'],
      ['192.0.2.1', 'no address with its prefix length'],
      ['192.0.2.1/33', 'from 1 to 32'],
      ['192.0.2.1/024', 'from 1 to 32'],
      ['192.0.2.1/24/1', 'no address with its prefix length'],
      ['2001:db8::1/129', 'from 1 to 128'],
      ['224.0.0.1/24', 'multicast'],
      ['::1/128', 'loopback'],
      ['2001:db8:::1/64', 'no IPv4 or IPv6 address'],
    ];
    for (const [address, why] of wrong) {
      expect(() => printed({ address: ['192.0.2.1/24', address] }), address)
        .to.throw(CommandError, `--address ${address}`)
        .and.to.include({ exitCode: ExitCode.USAGE })
        .and.to.satisfy(({ message }: Error) => message.includes(why), why);
    }
  });

  it('is refused for a name that no interface has', () => {
    for (const name of ['', 'a b', 'a/b', 'sixteen-letters-', 'eth0:1']) {
      expect(() => printed({ interface: name }), name).to.throw(CommandError, '--interface');
    }
  });
});
