import { expect } from 'chai';
import { CommandError, ExitCode } from '../../../src/cli/exit-code.ts';
import { printNetworkXml } from '../../../src/cli/networks.ts';
import { defaultPortgroup, parseNetwork, type Network } from '../../../src/libvirt/network.ts';

function printed(options: Record<string, unknown>): string {
  const lines: string[] = [];
  expect(printNetworkXml(options, (text) => lines.push(text))).to.equal(ExitCode.OK);
  return lines.join('\n');
}

function network(options: Record<string, unknown>): Network {
  return parseNetwork(Buffer.from(printed(options)), 'printed.xml');
}

function refusal(options: Record<string, unknown>): string {
  try {
    printed(options);
  } catch (error) {
    expect(error).to.be.instanceOf(CommandError).with.property('exitCode', ExitCode.USAGE);
    return String(error);
  }
  throw new Error(`accepted: ${JSON.stringify(options)}`);
}

describe('network-xml', () => {
  it('prints a network whose isolated portgroup is born parked and whose routers are born in the primary VLAN', () => {
    expect(network({ primary: '2102' })).to.deep.equal({
      name: 'ovs',
      uuid: undefined,
      bridge: 'br0',
      portgroups: [
        {
          name: 'isolated-2102',
          isDefault: false,
          vlan: { trunk: true, tags: [4095] },
          profileId: 'isolated-2102',
        },
        { name: 'promisc-2102', isDefault: false, vlan: { trunk: false, tags: [2102] }, profileId: 'promisc-2102' },
      ],
    });
    expect(printed({ primary: '2102' }))
      .to.include("<forward mode='bridge'/>")
      .and.include("type='openvswitch'");
  });

  it('adds a portgroup for each --community, born parked as well', () => {
    const { portgroups } = network({ primary: '7', community: ['web', 'db.1'] });
    expect(portgroups.map(({ name }) => name)).to.deep.equal([
      ...['isolated-7', 'community-7-web', 'community-7-db.1', 'promisc-7'],
    ]);
    for (const { name, vlan, profileId } of portgroups.slice(0, 3)) {
      expect(vlan, name).to.deep.equal({ trunk: true, tags: [4095] });
      expect(profileId).to.equal(name);
    }
  });

  it('takes the names of the network and the bridge, whatever is in them', () => {
    const { name, bridge } = network({ primary: '2102', name: "a<b&c'd", bridge: 'br-int' });
    expect(name).to.equal("a<b&c'd");
    expect(bridge).to.equal('br-int');
  });

  for (const [chosen, portgroup] of [
    ['isolated', 'isolated-2102'],
    ['promisc', 'promisc-2102'],
    ['promisc-2102', 'promisc-2102'],
    ['community-2102-web', 'community-2102-web'],
  ] as const) {
    it(`makes ${portgroup} the one default with --default ${chosen}`, () => {
      const made = network({ primary: '2102', community: ['web'], default: chosen });
      expect(defaultPortgroup(made)?.name).to.equal(portgroup);
      expect(made.portgroups.filter(({ isDefault }) => isDefault)).to.have.length(1);
    });
  }

  it('refuses what makes no network, and says what would', () => {
    expect(refusal({})).to.include('--primary is missing');
    for (const primary of ['0', '4095', 'x', '-1', '2102x']) {
      expect(refusal({ primary })).to.include(`--primary ${primary}: a VLAN id from 1 to 4094`);
    }
    for (const name of ['', '-web', 'a b', "a'/>"]) {
      expect(refusal({ primary: '2102', community: [name] })).to.include(`--community ${name}: letters`);
    }
    expect(refusal({ primary: '2102', default: 'web' })).to.include('it is one of isolated-2102, promisc-2102');
  });
});
