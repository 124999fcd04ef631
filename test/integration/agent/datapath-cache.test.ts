import { expect } from 'chai';
import { keepsStaleFlows } from '../../../src/host/datapath-cache.ts';
import { BROADCAST, experimental } from '../../lab/frames.ts';
import { until } from '../../lab/until.ts';
import { useSite } from '../recovery/site.ts';

describe('the caches of the userspace datapath', function () {
  this.timeout(60_000);
  const site = useSite();

  it('are emptied when flows change, where ovs-vswitchd may keep stale ones in them', async function () {
    const { host, router } = site();
    const version = await host.appctl('version');
    if (!keepsStaleFlows(version)) {
      process.stderr.write(`${version.trim()} keeps no stale flows\n`);
      this.skip();
    }
    const cached = async (): Promise<boolean> => (await host.appctl('dpctl/dump-flows')).includes(router.mac);
    // The first frame's may still fall to the changes before it.
    await until('a cached flow', async () => {
      await router.send(experimental(BROADCAST, router.mac));
      return cached();
    });
    await site().plug(3);
    await site().settled();
    await until('the cached flow to be gone', async () => !(await cached()), { timeout: 3000 });
    expect(await site().offences()).to.equal('');
  });
});
