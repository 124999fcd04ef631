import { expect } from 'chai';
import { Dict } from '../../../src/base/dict.ts';
import { Judge, judge } from '../../../src/pvlan/judge.ts';
import type { GuestFacts } from '../../../src/pvlan/guest-facts.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { NO_GUARDS, type Policy } from '../../../src/pvlan/policy.ts';
import { SINGLE } from '../../../src/pvlan/wire-mode.ts';
import type { SwitchPort } from '../../../src/pvlan/switch-port.ts';
import { quarantineText, type Verdict } from '../../../src/pvlan/verdict.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { guestPort, inPortgroup, NO_POLICY, PLAIN, plainPort } from '../../support/ports.ts';

function judged(ports: readonly SwitchPort[], policy: Policy = NO_POLICY): readonly Verdict[] {
  return judge(new Map([['br0', ports]]), policy).bridges.get('br0') ?? [];
}

function summary(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'nothing';
  return verdict.kind === 'quarantined' ? verdict.quarantine.code : verdict.kind;
}

const withRouter: Policy = {
  ...NO_POLICY,
  pvlans: [
    { primary: vlanId(2102)!, promiscuousMacs: [macAddress('02:00:00:00:00:01')!], wire: SINGLE, guards: NO_GUARDS },
  ],
};

describe('the verdict on a guest whose portgroup only speaks of Private VLANs', () => {
  const router = { vlan: { ...PLAIN, tag: 2102 } };
  const of = (name: string, more: Partial<SwitchPort> = {}): Verdict | undefined =>
    judged([guestPort(5, inPortgroup(name), more)], withRouter)[0];

  it('is outside with a doubt, or closed where it names a Private VLAN of the host', () => {
    for (const name of ['isolated', 'lan-2102']) {
      expect(of(name), name).to.have.property('kind', 'stranger');
      expect(of(name)).to.have.property('doubt').that.has.property('message').that.contains(name);
    }
    expect(of('lan')).to.not.have.property('doubt');
    expect(summary(of('community_web_2102'))).to.equal('invalid-portgroup');
  });

  it('is never a router for its access VLAN, but by a name that speaks of no other role', () => {
    expect(summary(of('isolated', router))).to.equal('invalid-portgroup');
    expect(summary(of('community', router))).to.equal('invalid-portgroup');
    expect(summary(of('promisc', router))).to.equal('promiscuous');
    expect(summary(of('lan-2102', router))).to.equal('promiscuous');
  });

  it('follows the Private VLANs of the host as they come', () => {
    const web = guestPort(6, inPortgroup('community_web_300'));
    expect(summary(judged([web], withRouter)[0])).to.equal('stranger');
    expect(summary(judged([web, guestPort(7, inPortgroup('isolated-300'))], withRouter)[0])).to.equal(
      'invalid-portgroup',
    );
  });
});

describe('the verdict on a guest', () => {
  it('is a role when its portgroup gives one', () => {
    expect(summary(judged([guestPort(5, inPortgroup('isolated-2102'))])[0])).to.equal('guest');
    expect(summary(judged([guestPort(5, inPortgroup('promisc-2102'))])[0])).to.equal('promiscuous');
  });

  it('is quarantine while no source knows its portgroup', () => {
    const unknown = guestPort(5, { kind: 'unknown', why: 'no file names it' });
    expect(summary(judged([unknown])[0])).to.equal('unresolved');
    const open: Policy = { ...NO_POLICY, unresolved: 'open' };
    expect(summary(judged([unknown], open)[0])).to.equal('stranger');
    // It may have been isolated, which a file that is gone for a while must not undo.
    const before = guestPort(5, { kind: 'unknown', why: 'no file names it' }, { managedBefore: true });
    expect(summary(judged([before], open)[0])).to.equal('unresolved');
    const released = guestPort(5, { kind: 'none', source: 'domain-status' }, { managedBefore: true });
    expect(summary(judged([released], open)[0])).to.equal('stranger');
  });

  it('is quarantine when another port has its number, which then is not believed either', () => {
    const guest = guestPort(5, inPortgroup('isolated-2102'));
    const router = guestPort(6, inPortgroup('promisc-2102'), { ofports: [5] });
    expect(judged([guest, router]).map(summary)).to.deep.equal(['duplicate-ofport', 'duplicate-ofport']);
    const uplink = { ...plainPort(7), ofports: [5, 7] };
    expect(judged([guest, uplink, plainPort(8)]).map(summary)).to.deep.equal(['duplicate-ofport', 'stranger', 'wire']);
    const unnumbered = { ...router, ofports: [] };
    expect(judged([guest, unnumbered]).map(summary)).to.deep.equal(['guest', 'promiscuous']);
  });

  it('leaves a guest without portgroup, or with a foreign one, alone', () => {
    expect(summary(judged([guestPort(5, { kind: 'none', source: 'domain-status' })])[0])).to.equal('stranger');
    expect(summary(judged([guestPort(5, inPortgroup('lan'))])[0])).to.equal('stranger');
  });

  it('is quarantine when it has no station address', () => {
    for (const attachedMac of [
      undefined,
      '',
      'nonsense',
      '01:00:5e:00:00:01',
      '00:00:00:00:00:00',
      'ff:ff:ff:ff:ff:ff',
    ]) {
      expect(summary(judged([guestPort(5, inPortgroup('isolated-2102'), { attachedMac })])[0])).to.equal('half-known');
    }
  });

  it('is quarantine when its portgroup names no VLAN', () => {
    expect(summary(judged([guestPort(5, inPortgroup('isolated-web'))])[0])).to.equal('invalid-portgroup');
  });

  it('is quarantine when its portgroup is a near miss, unless the operator says that it is none of ours', () => {
    const port = guestPort(5, inPortgroup('Isolated-2102'));
    expect(summary(judged([port])[0])).to.equal('invalid-portgroup');
    const policy: Policy = { ...NO_POLICY, portgroups: new Map([['Isolated-2102', 'none']]) };
    expect(judged([port], policy)[0]?.kind).to.equal('stranger');
  });

  it('is quarantine when a bond says it is a guest', () => {
    expect(
      summary(judged([guestPort(5, inPortgroup('isolated-2102'), { ofports: [5], interfaceCount: 2 })])[0]),
    ).to.equal('several-interfaces');
  });

  it('needs no port number yet', () => {
    expect(summary(judged([guestPort(5, inPortgroup('isolated-2102'), { ofports: [] })])[0])).to.equal('guest');
  });
});

describe('a guest outside every Private VLAN', () => {
  const closed = { ...NO_POLICY, outside: new Map([['br0', 'quarantine' as const]]) };

  it('is closed by the policy of its bridge, named or not, and says why', () => {
    const unnamed = { ...plainPort(6), kind: 'unnamed' as const };
    const [bare, lan, tap, uplink] = judged(
      [guestPort(4, { kind: 'none', source: 'domain' }), guestPort(5, inPortgroup('lan')), unnamed, plainPort(7)],
      closed,
    );
    expect([bare, lan, tap, uplink].map((verdict) => summary(verdict))).to.deep.equal([
      'outside',
      'outside',
      'outside',
      'wire',
    ]);
    expect(JSON.stringify([bare, lan, tap]))
      .to.contain('it has no portgroup')
      .and.contain("its portgroup 'lan' is no Private VLAN's")
      .and.contain('it says nothing of its guest');
  });

  it('is left open where the operator calls its portgroup none of a Private VLAN', () => {
    const policy = { ...closed, portgroups: new Map([['lan', 'none' as const]]) };
    expect(judged([guestPort(5, inPortgroup('lan'))], policy).map(summary)).to.deep.equal(['stranger']);
  });

  it('is held to its own addresses, unless it is nested or does not say which they are', () => {
    const none = { kind: 'none', source: 'domain' } as const;
    const mac = macAddress('02:00:00:00:00:05')!;
    const extra = macAddress('02:00:00:00:0e:05')!;
    const facts = { addresses: undefined, extraMacs: [extra] };
    const pins = (more: Partial<GuestFacts>, port: Partial<SwitchPort> = {}): unknown => {
      const policy = { ...NO_POLICY, guests: new Map([[mac, { ...facts, ...more }]]) };
      const [verdict] = judged([guestPort(5, none, port)], policy);
      return verdict?.kind === 'stranger' ? verdict.pinned : 'no stranger';
    };
    expect(pins({})).to.deep.equal([mac, extra]);
    expect(pins({ nested: true })).to.equal(undefined);
    expect(pins({}, { attachedMac: undefined })).to.equal(undefined);
  });
});

describe('addresses in one primary VLAN', () => {
  it('close a guest that has a promiscuous address of the configuration, naming both', () => {
    const [verdict] = judged([guestPort(1, inPortgroup('isolated-2102'))], withRouter);
    expect(summary(verdict)).to.equal('promiscuous-mac');
    expect(verdict?.kind === 'quarantined' && verdict.quarantine.message).to.contain('promiscuousMacs of VLAN 2102');
  });

  it('close a guest that has the address of a promiscuous port, on whichever bridge that is', () => {
    const router = guestPort(1, inPortgroup('promisc-2102'));
    const guest = guestPort(9, inPortgroup('isolated-2102'), { attachedMac: '02:00:00:00:00:01' });
    const { bridges } = judge(
      new Map([
        ['br0', [router]],
        ['br1', [guest]],
      ]),
      NO_POLICY,
    );
    expect(summary(bridges.get('br1')?.[0])).to.equal('promiscuous-mac');
    expect(summary(bridges.get('br0')?.[0])).to.equal('promiscuous');
  });

  it("close a guest that has the address of the host's own interface in the primary VLAN", () => {
    const gateway = { ...plainPort(1, { tag: 2102 }), ownMac: '02:00:00:00:00:07' };
    expect(judged([gateway, guestPort(7, inPortgroup('isolated-2102'))]).map(summary)).to.deep.equal([
      'promiscuous',
      'promiscuous-mac',
    ]);
  });

  it('let the incumbent keep an address that a newcomer claims', () => {
    const newcomer = guestPort(3, inPortgroup('isolated-2102'), { attachedMac: '02:00:00:00:00:07' });
    const incumbent = guestPort(7, inPortgroup('community-2102-web'), { installed: true });
    expect(judged([newcomer, incumbent]).map(summary)).to.deep.equal(['duplicate-mac', 'guest']);
  });

  it('may repeat in another primary VLAN', () => {
    const twin = guestPort(8, inPortgroup('isolated-2103'), { attachedMac: '02:00:00:00:00:07' });
    expect(judged([guestPort(7, inPortgroup('isolated-2102')), twin]).map(summary)).to.deep.equal(['guest', 'guest']);
  });
});

describe('a port without a role', () => {
  it('is promiscuous as an access port of a primary VLAN, guest or not', () => {
    const router = guestPort(2, { kind: 'none', source: 'domain-status' }, { vlan: { ...PLAIN, tag: 2102 } });
    expect(judged([router, plainPort(3, { tag: 2102 })], withRouter).map(summary)).to.deep.equal([
      'promiscuous',
      'promiscuous',
    ]);
  });

  it('is quarantined there while its portgroup is not known, even where unknown guests are to be open', () => {
    const unknown = guestPort(2, { kind: 'unknown', why: 'no file names it' }, { vlan: { ...PLAIN, tag: 2102 } });
    const [verdict] = judged([unknown], { ...withRouter, unresolved: 'open' });
    expect(summary(verdict)).to.equal('unresolved');
    expect(verdict?.kind === 'quarantined' && verdict.quarantine).to.include({ alarm: true });
  });

  it("is quarantined there when its row was another NIC's, whatever portgroup outside every Private VLAN it has", () => {
    const vlan = { ...PLAIN, tag: 2102 };
    for (const portgroup of [{ kind: 'none', source: 'domain-status' } as const, inPortgroup('lan')]) {
      const heir = guestPort(2, portgroup, { vlan, handedOver: true });
      const [verdict] = judged([heir], withRouter);
      expect(summary(verdict)).to.equal('vlan-conflict');
      expect(verdict?.kind === 'quarantined' && quarantineText(verdict.quarantine)).to.contain(
        'ovs-vsctl del-port vnet2',
      );
    }
    const elsewhere = guestPort(2, inPortgroup('lan'), { vlan: { ...PLAIN, tag: 7 }, handedOver: true });
    expect(judged([elsewhere], withRouter).map(summary)).to.deep.equal(['stranger']);
  });

  it('is no promiscuous port in a VLAN that no Private VLAN uses', () => {
    expect(judged([plainPort(3, { tag: 100 })], withRouter).map(summary)).to.deep.equal(['wire']);
  });

  it('is a wire as a bond or tunnel, even as an access port', () => {
    expect(judged([plainPort(3, { tag: 2102 }, 'link')], withRouter).map(summary)).to.deep.equal(['wire']);
  });
});

describe('a promiscuous portgroup', () => {
  const promiscuous = (vlan: Partial<typeof PLAIN>): Verdict | undefined =>
    judged([guestPort(4, inPortgroup('promisc-2102'), { vlan: { ...PLAIN, ...vlan } })])[0];

  it('is untagged on an access port and on a port with no VLAN setting, tagged on a trunk', () => {
    expect(promiscuous({})).to.include({ untagged: true, tagged: false });
    expect(promiscuous({ tag: 2102 })).to.include({ untagged: true, tagged: false });
    expect(promiscuous({ trunks: [2102, 2103] })).to.include({ untagged: false, tagged: true });
  });

  it('is a conflict on a port that does not carry the VLAN', () => {
    expect(summary(promiscuous({ tag: 100 }))).to.equal('vlan-conflict');
    expect(summary(promiscuous({ trunks: [4095] }))).to.equal('vlan-conflict');
  });
});

describe('the judgement of a host', () => {
  it('knows the Private VLAN and the router of a bridge that comes later', () => {
    const host = new Judge();
    const thief = guestPort(5, inPortgroup('isolated-2102'), { attachedMac: '02:00:00:00:00:07' });
    const router = guestPort(7, inPortgroup('promisc-2102'), { attachedMac: '02:00:00:00:00:07' });
    const other = guestPort(8, inPortgroup('isolated-300'));
    const ports = Dict.of([['a', thief]]);
    expect(
      host
        .judge(new Map([['br0', ports]]), NO_POLICY)
        .bridges.get('br0')
        ?.get('a')?.kind,
    ).to.equal('guest');
    const more = new Map([
      ['br0', ports],
      [
        'br1',
        Dict.of<string, SwitchPort>([
          ['b', router],
          ['c', other],
        ]),
      ],
    ]);
    const { bridges, primaries } = host.judge(more, NO_POLICY);
    expect([...primaries].sort()).to.deep.equal([2102, 300]);
    expect(summary(bridges.get('br0')?.get('a'))).to.equal('promiscuous-mac');
  });
});
