import { expect } from 'chai';
import { DatapathPorts } from '../../../src/verify/datapath-ports.ts';
import { NotUnderstoodError } from '../../../src/verify/errors.ts';
import { BONDS, PORTS } from './texts.ts';

describe("the datapath's ports", () => {
  const ports = DatapathPorts.read(PORTS);
  ports.learnBonds(BONDS);

  it('are known by the number of the datapath that their bridges share', () => {
    const guest = { bridge: 'br0', name: 'g1', ofport: 2 };
    expect(ports.at('br0', 3)).to.deep.equal([guest]);
    expect(ports.at('br1', 3)).to.deep.equal([guest]);
    expect(ports.at('br0', 9)).to.deep.equal([{ bridge: 'br1', name: 'br1', ofport: 0xfffffffe }]);
  });

  it('share a number where tunnels do', () => {
    expect(ports.at('br0', 205).map((place) => place.name)).to.deep.equal(['vx0', 'vx1']);
  });

  it('are none for numbers and bridges that are not there', () => {
    expect(ports.at('br0', 77)).to.deep.equal([]);
    expect(ports.at('br9', 3)).to.deep.equal([]);
  });

  it('include bonds by the ids that reach them', () => {
    expect([3, 7, -1, 1].map((id) => ports.isBond('br0', id))).to.deep.equal([true, true, false, false]);
  });

  it('of two datapaths are kept apart', () => {
    const two = DatapathPorts.read(`${PORTS}system@ovs-system: hit:5 missed:6\n  br2:\n    eth0 1/3: (system)\n`);
    expect(two.at('br2', 3).map((place) => place.name)).to.deep.equal(['eth0']);
    expect(two.at('br0', 3).map((place) => place.name)).to.deep.equal(['g1']);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['a line of an unknown form', `${PORTS}  what is this\n`],
    ['a port outside a bridge', 'netdev@ovs-netdev: hit:0 missed:0\n    g1 2/3: (dummy)\n'],
    ['one OpenFlow number twice', PORTS.replace('g1 2/3', 'g1 1/3')],
    ['a bridge twice', PORTS + PORTS],
    ['a number that is none', PORTS.replace('2/3', '2/x')],
  ];
  for (const [what, text] of hostile) {
    it(`are refused where ${what} is listed`, () => {
      expect(() => DatapathPorts.read(text)).to.throw(NotUnderstoodError);
    });
  }
});
