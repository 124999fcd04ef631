import fc from 'fast-check';
import { expect } from 'chai';
import { guestFacts, GUEST_NAMESPACE, type GuestMetadata } from '../../../src/observe/guest-metadata.ts';
import { parseDomain } from '../../../src/libvirt/domain.ts';
import { XmlRefused } from '../../../src/libvirt/errors.ts';
import { NO_FACTS } from '../../../src/pvlan/guest-facts.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { runs } from '../../support/runs.ts';

const MAC = macAddress('52:54:00:aa:bb:01')!;
const OTHER = macAddress('52:54:00:aa:bb:02')!;
const NS = `xmlns='${GUEST_NAMESPACE}'`;

/** What the agent makes of a domain with this inside of its `<metadata>`. */
function facts(metadata: string, mac = MAC): GuestMetadata {
  const xml = `<domain><name>g</name><uuid>11111111-2222-4333-8444-555555555501</uuid><metadata>${metadata}</metadata></domain>`;
  const elements = parseDomain(Buffer.from(xml), 'g.xml')
    .metadata.filter(({ namespace }) => namespace === GUEST_NAMESPACE)
    .map(({ element }) => element);
  return guestFacts(elements, mac);
}

function problem(metadata: string, mac = MAC): string {
  const found = facts(metadata, mac);
  return 'problem' in found ? `${found.problem}: ${found.remedy ?? ''}` : 'none';
}

const nic = (content: string, mac: string = MAC): string => `<nic mac='${mac}'>${content}</nic>`;
const guest = (...content: string[]): string => `<guest ${NS}>${content.join('')}</guest>`;

describe("a guest's metadata", () => {
  const expected: GuestMetadata = {
    facts: {
      addresses: [
        { family: 4, address: '10.0.0.5', length: 32 },
        { family: 6, address: '2001:db8::', length: 64 },
      ],
      extraMacs: [macAddress('00:00:5e:00:01:0a')!],
    },
  };

  it('gives the addresses of one NIC, with a prefix or without', () => {
    const inner = (p: string): string =>
      `<${p}nic mac="52:54:00:AA:bb:01">\n <${p}address>10.0.0.5</${p}address><${p}address> 2001:DB8::/64 </${p}address>` +
      `<!-- VRRP --><${p}extra-mac>00:00:5e:00:01:0a</${p}extra-mac></${p}nic>\n`;
    expect(facts(`<guest ${NS}>${inner('')}</guest>`)).to.deep.equal(expected);
    for (const prefix of ['pvlan', 'x']) {
      const declared = `<${prefix}:guest xmlns:${prefix}="${GUEST_NAMESPACE}">${inner(`${prefix}:`)}</${prefix}:guest>`;
      expect(facts(`<other xmlns='urn:o'/>${declared}`)).to.deep.equal(expected);
    }
  });

  it('may declare its namespace on each element anew', () => {
    const other = `<b:nic xmlns:b='${GUEST_NAMESPACE}' mac='${MAC}'><c:address xmlns:c='${GUEST_NAMESPACE}'>10.0.0.5</c:address></b:nic>`;
    expect(facts(`<a:guest xmlns:a='${GUEST_NAMESPACE}'>${other}</a:guest>`)).to.deep.equal({
      facts: { addresses: [{ family: 4, address: '10.0.0.5', length: 32 }], extraMacs: [] },
    });
  });

  it('leaves addresses unknown where it names none', () => {
    const shared = nic('<extra-mac>00:00:5e:00:01:0a</extra-mac>');
    expect(facts(guest(shared))).to.deep.equal({
      facts: { addresses: undefined, extraMacs: ['00:00:5e:00:01:0a'] },
    });
    expect(facts(guest(nic('<address>10.0.0.5</address>')), OTHER)).to.deep.equal({ facts: NO_FACTS });
    expect(facts('')).to.deep.equal({ facts: NO_FACTS });
    expect(facts(guest())).to.deep.equal({ facts: NO_FACTS });
  });

  const mistakes: [title: string, metadata: string, problem: string][] = [
    [
      'an address that is none',
      guest(nic('<address>10.0.0.300</address>')),
      "an <address> for NIC 52:54:00:aa:bb:01 that is no IPv4 or IPv6 address, with or without a prefix length, '10.0.0.300'",
    ],
    [
      'a network with host bits',
      guest(nic('<address>10.0.0.5/24</address>')),
      "that has bits set beyond its prefix length: the network is 10.0.0.0/24, '10.0.0.5/24'",
    ],
    ['an empty address', guest(nic('<address/>')), "with or without a prefix length, ''"],
    ['an address in an attribute', guest(nic("<address ip='10.0.0.5'/>")), 'more than text in <address>'],
    ['an address that holds elements', guest(nic('<address>10.0.0.5<b/></address>')), 'more than text in <address>'],
    ['an address in bare text', guest(nic('10.0.0.5')), 'text outside of <address> and <extra-mac>'],
    ['an address outside of a NIC', guest('<address>10.0.0.5</address>'), '<address> where <nic> is expected'],
    ['a misspelt element', guest(nic('<adress>10.0.0.5</adress>')), 'where only <address> and <extra-mac> are known'],
    ['a misspelt root', `<guests ${NS}>${nic('')}</guests>`, '<guests> where <guest> is expected'],
    ['text in the root', guest('10.0.0.5'), 'text in <guest> outside of its elements'],
    ['a NIC without address', guest('<nic/>'), 'a <nic> with no mac'],
    ['a NIC with a group address', guest(nic('', '01:00:5e:00:00:01')), "mac '01:00:5e:00:00:01', which is no station"],
    ['an unknown attribute', guest("<nic mac='52:54:00:aa:bb:01' vlan='7'/>"), 'the attribute vlan on <nic>'],
    ['the same NIC twice', guest(nic(''), nic('')), "2 elements <nic mac='52:54:00:aa:bb:01'>, not one"],
    ['two elements', guest() + guest(), 'has 2 elements of urn:pvlan-agent:guest:1, not one'],
    [
      'broadcast as a further address',
      guest(nic('<extra-mac>ff:ff:ff:ff:ff:ff</extra-mac>')),
      "no station's or group's",
    ],
    [
      'more further addresses than allowed',
      guest(nic('<extra-mac>02:00:00:00:00:01</extra-mac>'.repeat(257))),
      'more than 64 <address> or 256 <extra-mac>',
    ],
    [
      'elements outside of the namespace',
      `<p:guest xmlns:p='${GUEST_NAMESPACE}'>${nic('<address>10.0.0.5</address>')}</p:guest>`,
      '<nic> in <guest>, which is not of the namespace',
    ],
    ['a foreign namespace within', guest(nic(`<address xmlns='urn:x'>10.0.0.5</address>`)), 'not of the namespace'],
    ['an undeclared prefix', guest(nic('<q:address>10.0.0.5</q:address>')), 'not of the namespace'],
    ['more addresses than allowed', guest(nic('<address>10.0.0.5</address>'.repeat(65))), 'more than 64 <address>'],
    ['more NICs than allowed', guest(nic('', OTHER).repeat(257)), 'more than 256 elements in <guest>'],
    [
      'terminal escapes and length',
      guest(nic(`<address>\u009b2J\u202e${'1'.repeat(100_000)}</address>`)),
      'that is no IP address: it is too long',
    ],
  ];
  for (const [title, metadata, said] of mistakes) {
    it(`closes the port for ${title}`, () => {
      const message = problem(metadata);
      expect(message).to.contain(said);
      expect(message).to.match(/: correct it with 'virsh metadata <domain> urn:pvlan-agent:guest:1 --key pvlan --edit/);
      expect(message).to.have.length.below(500);
      expect(message).not.to.match(/\p{Cc}/u);
    });
  }

  it('closes only the NIC whose facts are wrong, unless that cannot be told', () => {
    const wrong = nic('<address>x</address>', OTHER);
    expect(problem(guest(wrong, nic('<address>10.0.0.5</address>')))).to.equal('none');
    expect(problem(guest(wrong), OTHER)).to.contain('is no IPv4 or IPv6');
    expect(problem(guest(nic('<address>x</address>', '52:54:00:aa:bb:0g')))).to.contain("mac '52:54:00:aa:bb:0g'");
  });

  it('ends in facts or a problem whatever it is', () => {
    const leaf = fc.constantFrom(
      '<address>10.0.0.5</address>',
      '<address>x</address>',
      '<extra-mac/>',
      '<nic/>',
      'text',
      '<![CDATA[<nic>]]>',
      '<constructor/>',
      '<__proto__/>',
    );
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(
            fc.constantFrom('guest', 'nic', 'address', 'a:nic', 'x'),
            fc.constantFrom('', NS, `mac='${MAC}'`, `${NS} mac='${OTHER}'`, `xmlns:a='${GUEST_NAMESPACE}'`),
            fc.array(tie('node'), { maxLength: 4 }),
          )
          .map(([name, attributes, children]) => `<${name} ${attributes}>${children.join('')}</${name}>`),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 3 }), (nodes) => {
        for (const metadata of [nodes.join(''), guest(...nodes), guest(nic(nodes.join('')))]) {
          try {
            const found = facts(metadata);
            expect(found).to.have.any.keys('facts', 'problem');
          } catch (error) {
            // The file as a whole is refused before any metadata is read.
            if (!(error instanceof XmlRefused)) throw error;
          }
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});
