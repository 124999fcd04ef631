import { isIPv6 } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from '../../../src/openflow/address.ts';
import { InvalidFlow } from '../../../src/openflow/errors.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
/** IPv4 addresses inside IPv6 ones. */
const embedded = bytes(4).map((ipv4) => Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipv4]));

describe('an address as text', () => {
  it('says exactly its bytes', () => {
    fc.assert(
      fc.property(bytes(6), bytes(4), fc.oneof(bytes(16), embedded), (mac, ipv4, ipv6) => {
        expect(Uint8Array.from(parseMac(formatMac(mac)))).to.deep.equal(mac);
        expect(Uint8Array.from(parseIpv4(formatIpv4(ipv4)))).to.deep.equal(ipv4);
        expect(isIPv6(formatIpv6(ipv6))).to.equal(true);
        expect(Uint8Array.from(parseIpv6(formatIpv6(ipv6)))).to.deep.equal(ipv6);
      }),
    );
  });

  it('is canonical for IPv6 as RFC 5952 section 4 wants', () => {
    const canonical = {
      '2001:0DB8::0001': '2001:db8::1',
      '2001:db8:0:0:0:0:2:1': '2001:db8::2:1',
      '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
      '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
      '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '::': '::',
      '1::': '1::',
      '::ffff:c000:201': '::ffff:192.0.2.1',
      '::c000:201': '::192.0.2.1',
      '::1': '::1',
    };
    for (const [text, expected] of Object.entries(canonical)) expect(formatIpv6(parseIpv6(text))).to.equal(expected);
  });

  it('is refused when it is none', () => {
    for (const text of ['', '02:00:00:00:00', '02-00-00-00-00-01', '02:00:00:00:00:0g'])
      expect(() => parseMac(text)).to.throw(InvalidFlow);
    for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '::1'])
      expect(() => parseIpv4(text)).to.throw(InvalidFlow);
    for (const text of ['', '1.2.3.4', ':::', '1::2::3', 'fe80::1%lo'])
      expect(() => parseIpv6(text)).to.throw(InvalidFlow);
  });
});
