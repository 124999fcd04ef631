import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { join } from 'node:path';
import { COOKIE, COOKIE_MASK } from '../../../src/pipeline/cookie.ts';
import { TABLES_NEEDED } from '../../../src/pipeline/layout.ts';
import { useSite } from './site.ts';

const ELSEWHERE = { first: 100, lowestPriority: 40_000 };

describe('an agent whose tables and priorities are configured', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });

  const installed = async (): Promise<Flow[]> => {
    const connection = await OpenFlowConnection.connect(`unix:${join(site().host.rundir, 'br0.mgmt')}`);
    try {
      return await connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
    } finally {
      connection.close();
    }
  };
  /** Tables other than 0, and the lowest priority in table 0. */
  const layout = (flows: readonly Flow[]): { tables: number[]; lowest: number } => ({
    tables: [...new Set(flows.map(({ table }) => table))].filter((table) => table > 0).sort((a, b) => a - b),
    lowest: Math.min(...flows.filter(({ table }) => table === 0).map(({ priority }) => priority)),
  });

  it('isolates guests from there as well', async () => {
    await site().startAgent({ tables: ELSEWHERE });
    await site().settled();
    const { tables, lowest } = layout(await installed());
    expect(tables.length).to.be.above(4);
    expect(tables[0]).to.be.at.least(100);
    expect(tables.at(-1)).to.be.below(100 + TABLES_NEEDED);
    expect(lowest).to.be.within(40_000, 40_080);
    expect(await site().offences()).to.equal('');
  });

  it('leaves nothing behind where it was when it is started with others, and none of its frames go astray', async () => {
    const before = await site().flows();
    await site().stopAgent();
    await site().startAgent();
    await site().settled();
    const moved = layout(await installed());
    expect(
      moved.tables.every((table) => table >= 60 && table < 60 + TABLES_NEEDED),
      moved.tables.join(),
    ).to.equal(true);
    expect(moved.lowest).to.be.within(145, 225);
    expect(await site().offences()).to.equal('');

    await site().stopAgent();
    await site().startAgent({ tables: ELSEWHERE });
    await site().settled();
    await site().flowsAre(before);
    expect(await site().offences()).to.equal('');
  });
});
