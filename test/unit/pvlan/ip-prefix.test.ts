import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect } from 'chai';
import type { IpPrefix } from '../../../src/pvlan/guest-facts.ts';
import { formatIpPrefix, ipPrefix, readIpPrefix } from '../../../src/pvlan/ip-prefix.ts';
import { runs } from '../../support/runs.ts';

const octet = fc.integer({ min: 0, max: 255 });
const v4 = fc.array(octet, { minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'));
/** Groups that are often zero, so that every way to shorten them occurs. */
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const v6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((one) => one.toString(16)).join(':'));

/** Addresses that no station has. A list of its own for each family: node:net looks up IPv4 in IPv6 networks, too. */
const refused = { ipv4: new BlockList(), ipv6: new BlockList() };
refused.ipv4.addAddress('0.0.0.0');
refused.ipv4.addAddress('255.255.255.255');
refused.ipv4.addSubnet('127.0.0.0', 8);
refused.ipv4.addSubnet('224.0.0.0', 4);
refused.ipv6.addSubnet('::', 96, 'ipv6');
refused.ipv6.addSubnet('::ffff:0:0', 96, 'ipv6');
refused.ipv6.addSubnet('ff00::', 8, 'ipv6');

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');
const isRefused = (address: string): boolean => refused[family(address)].check(address, family(address));

/** The WHATWG URL parser writes a host as RFC 5952 does, without embedded IPv4. */
const canonical = (address: string): string =>
  isIPv4(address) ? address : new URL(`http://[${address}]/`).hostname.slice(1, -1);

const problem = (text: string): string | undefined => {
  const reading = readIpPrefix(text);
  return 'problem' in reading ? reading.problem : undefined;
};

describe('a guest’s address', () => {
  it('is read as node:net reads it, and comes back in canonical form', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), (address) => {
        const read = ipPrefix(address);
        if (isRefused(address)) expect(read).to.be.undefined;
        else {
          const length = isIPv4(address) ? 32 : 128;
          expect(read).to.deep.equal({ family: isIP(address), address: canonical(address), length });
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  it('is the same however it is written', () => {
    const forms = fc.tuple(v6, fc.boolean(), fc.boolean()).map(([address, upper, padded]) => {
      const groups = address.split(':').map((one) => (padded ? one.padStart(4, '0') : one));
      return { address, written: upper ? groups.join(':').toUpperCase() : groups.join(':') };
    });
    fc.assert(
      fc.property(forms, ({ address, written }) => {
        expect(ipPrefix(written)).to.deep.equal(ipPrefix(canonical(address)));
      }),
    );
    expect(ipPrefix('64:ff9b::192.0.2.33')).to.deep.equal(ipPrefix('64:ff9b::c000:221'));
  });

  it('is refused when node:net does not know it, whatever it says', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefF:./%-x ')), maxLength: 50 });
    const damaged = fc
      .tuple(fc.oneof(v4, v6.map(canonical)), fc.nat(), fc.constantFrom('', ':', '.', '::', '0', 'g', ' ', '%1', '\n'))
      .map(([address, at, piece]) => {
        const cut = at % (address.length + 1);
        return `${address.slice(0, cut)}${piece}${address.slice(cut + (at % 2))}`;
      });
    fc.assert(
      fc.property(fc.oneof(text, damaged), (written) => {
        const [address = '', length] = written.split('/');
        const known = length === undefined && (isIPv4(address) || (isIPv6(address) && !address.includes('%')));
        if (length === undefined) expect(ipPrefix(written) !== undefined).to.equal(known && !isRefused(address));
        else ipPrefix(written);
      }),
      { numRuns: runs(5000) },
    );
  });

  it('is refused at once however long it is', () => {
    for (const long of ['1'.repeat(1e6), ':'.repeat(1e6), '1.'.repeat(1e6), `10.0.0.0/${'9'.repeat(1e6)}`]) {
      expect(problem(long)).to.equal('is no IP address: it is too long');
    }
  });
});

describe('a guest’s network', () => {
  const networks = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
    fc.tuple(v6, fc.integer({ min: 0, max: 128 })),
  );

  it('is refused with host bits set, and the correction holds the address', () => {
    fc.assert(
      fc.property(networks, ([address, length]) => {
        const said = problem(`${address}/${length}`);
        const suggested = /the network is (\S+)$/.exec(said ?? '')?.[1];
        if (suggested === undefined) return;
        const [network = '', bits = String(isIPv4(address) ? 32 : 128)] = suggested.split('/');
        const members = new BlockList();
        members.addSubnet(network, Number(bits), family(address));
        expect(bits).to.equal(String(length));
        expect(members.check(address, family(address))).to.be.true;
        expect(problem(suggested) ?? '').not.to.contain('prefix length');
      }),
      { numRuns: runs(2000) },
    );
  });

  it('contains no address that is refused', () => {
    const notable = ['0.0.0.0', '127.9.9.9', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:1.2.3.4', 'ff02::1'];
    fc.assert(
      fc.property(networks, fc.constantFrom(...notable), ([address, length], bad) => {
        const read = ipPrefix(formatIpPrefix({ ...masked(address, length) }));
        if (read === undefined || read.length === 0) return;
        const members = new BlockList();
        members.addSubnet(read.address, read.length, family(read.address));
        if (isIP(bad) === read.family) expect(members.check(bad, family(bad))).to.be.false;
      }),
      { numRuns: runs(2000) },
    );
  });

  it('is written back as it is read', () => {
    fc.assert(
      fc.property(networks, ([address, length]) => {
        const read = ipPrefix(formatIpPrefix(masked(address, length)));
        if (read !== undefined) expect(ipPrefix(formatIpPrefix(read))).to.deep.equal(read);
      }),
    );
    expect(formatIpPrefix({ family: 6, address: '2001:db8::', length: 64 })).to.equal('2001:db8::/64');
    expect(formatIpPrefix({ family: 4, address: '10.0.0.5', length: 32 })).to.equal('10.0.0.5');
  });

  const mistakes: [text: string, problem: string][] = [
    ['10.1.0.7/24', 'has bits set beyond its prefix length: the network is 10.1.0.0/24'],
    ['2001:DB8::7/64', 'has bits set beyond its prefix length: the network is 2001:db8::/64'],
    ['10.0.0.0/33', 'has no prefix length from 0 to 32 behind its slash'],
    ['2001:db8::/129', 'has no prefix length from 0 to 128 behind its slash'],
    ['10.0.0.0/', 'has no prefix length from 0 to 32 behind its slash'],
    ['10.0.0.0/08', 'has no prefix length from 0 to 32 behind its slash'],
    ['10.0.0.0/8/8', 'has no prefix length from 0 to 32 behind its slash'],
    ['10.0.0.0/255.0.0.0', 'has no prefix length from 0 to 32 behind its slash'],
    ['0.0.0.0', 'is the unspecified address'],
    ['0.0.0.0/0', 'contains the unspecified address'],
    ['::/0', 'contains the unspecified address'],
    ['128.0.0.0/1', 'contains multicast addresses'],
    ['::ffff:10.0.0.5', 'is one of IPv4-mapped addresses, which never travel: write the IPv4 address'],
    ['010.0.0.5', 'is no IPv4 or IPv6 address, with or without a prefix length'],
    ['fe80::1%eth0', 'is no IPv4 or IPv6 address, with or without a prefix length'],
    ['', 'is no IPv4 or IPv6 address, with or without a prefix length'],
  ];
  for (const [text, said] of mistakes) {
    it(`${text === '' ? 'without text' : text} ${said}`, () => {
      expect(problem(text)).to.equal(said);
    });
  }
});

/** The network of `address`, found by trying: what node:net says is in it. */
function masked(address: string, length: number): IpPrefix {
  const said = problem(`${address}/${length}`);
  const [network = address, bits] = (/the network is (\S+)$/.exec(said ?? '')?.[1] ?? `${address}/${length}`).split(
    '/',
  );
  return { family: isIPv4(address) ? 4 : 6, address: network, length: bits === undefined ? length : Number(bits) };
}
