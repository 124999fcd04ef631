import { expect } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { GRAPH_FORMAT } from '../../../src/cli/graph.ts';
import { dot } from '../../../src/graph/dot.ts';
import { mermaid } from '../../../src/graph/mermaid.ts';
import { countStations, type Picture, type Station } from '../../../src/graph/picture.ts';
import { layOut, type Box } from '../../../src/graph/svg-layout.ts';
import { svg } from '../../../src/graph/svg.ts';
import { parseXml } from '../../../src/libvirt/xml.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';

const station = (guest: string): Station => ({ port: `vnet-${guest}`, guest, mac: '52:54:00:00:00:01' });
const stations = (prefix: string, count: number): readonly Station[] =>
  Array.from({ length: count }, (_, index) => station(`${prefix}${index}`));

function picture(guests: number): Picture {
  const primary = vlanId(2102);
  if (primary === undefined) throw new Error('2102 is a VLAN');
  return {
    bridge: 'br0',
    uplinks: ['up0'],
    pvlans: [
      {
        primary,
        wire: 'single',
        routers: [station('gw')],
        listed: ['52:54:00:aa:bb:cc'],
        classes: [
          { community: 'web', stations: stations('web', 2) },
          { community: undefined, stations: stations('guest', guests) },
        ],
      },
    ],
    quarantined: [{ ...station('db3'), code: 'duplicate-mac', why: 'has the address of vnet3' }],
    outside: [station('old')],
  };
}

const HOSTILE = '"]<script>&\u0000 end\\"';

describe('the picture of a host', () => {
  it('shows everybody in each format, and says so', () => {
    const shown = picture(500);
    expect(countStations(shown)).to.equal(505);
    for (const text of [mermaid([shown]), dot([shown]), svg([shown])]) {
      for (const name of ['gw', 'web0', 'guest0', 'guest499', 'db3', 'old']) expect(text).to.include(name);
    }
    expect(svg([shown])).to.include('505 ports of guests and routers, 0 hidden');
  });

  it('is XML without script whatever guests are called, and ends no label early', () => {
    const shown = { ...picture(1), outside: [station(HOSTILE)] };
    expect(parseXml(Buffer.from(svg([shown])), 'graph.svg', ['svg']).name).to.equal('svg');
    expect(svg([shown])).to.not.include('<script');
    expect(mermaid([shown])).to.not.include('"]<');
    expect(dot([shown])).to.include(String.raw`"\"]<script>&  end\\\""`);
  });

  it('draws each station within the box of its class, and none over another', () => {
    const { boxes, width, height } = layOut([picture(57)]);
    const inside = (inner: Box, outer: Box): boolean =>
      inner.x >= outer.x &&
      inner.y >= outer.y &&
      inner.x + inner.width <= outer.x + outer.width &&
      inner.y + inner.height <= outer.y + outer.height;
    const single = boxes.filter(({ kind }) => ['station', 'closed', 'elsewhere'].includes(kind));
    const groups = boxes.filter(({ kind }) =>
      ['routers', 'community', 'isolated', 'quarantined', 'outside'].includes(kind),
    );
    for (const one of single) {
      expect(groups.filter((group) => inside(one, group))).to.have.length(1);
      const over = single.filter(
        (other) => other !== one && Math.abs(other.x - one.x) < one.width && Math.abs(other.y - one.y) < one.height,
      );
      expect(over).to.deep.equal([]);
    }
    for (const box of boxes) expect(box.x + box.width <= width && box.y + box.height <= height).to.equal(true);
  });

  it('has a line from the routers to each class, and none where no router is known', () => {
    const [pvlan] = picture(1).pvlans;
    if (pvlan === undefined) throw new Error('there is one');
    expect(mermaid([picture(1)]).match(/<-->/g)).to.have.length(2);
    expect(dot([picture(1)]).match(/ -- /g)).to.have.length(2);
    const alone = { ...picture(1), pvlans: [{ ...pvlan, routers: [], listed: [] }] };
    expect(mermaid([alone])).to.not.include('<-->');
    expect(layOut([alone]).lines).to.deep.equal([]);
  });

  it('is as JSON what its schema says', () => {
    const schema: unknown = JSON.parse(
      readFileSync(new URL('../../../schemas/graph.schema.json', import.meta.url), 'utf8'),
    );
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema as object);
    const printed: unknown = JSON.parse(JSON.stringify({ format: GRAPH_FORMAT, bridges: [picture(3)] }));
    expect(validate(printed), JSON.stringify(validate.errors)).to.equal(true);
  });
});
