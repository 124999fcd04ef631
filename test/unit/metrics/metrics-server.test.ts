import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsServer } from '../../../src/metrics/metrics-server.ts';
import { until } from '../../lab/until.ts';
import type { AgentStatus } from '../../../src/control/status.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the server of metrics', () => {
  let folder = '';
  let path = '';
  let server: MetricsServer;
  let asked = 0;
  const sockets: Socket[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'metrics-'));
    path = join(folder, 'metrics.sock');
    server = new MetricsServer({
      address: { kind: 'unix', path },
      facts: () => Promise.reject(new Error('nothing to tell')),
      status: () => {
        asked += 1;
        const end = performance.now() + 20;
        while (performance.now() < end);
        return { database: { connected: true, detail: '' }, bridges: [], mode: 'active' } as unknown as AgentStatus;
      },
      log: SILENT,
    });
    await server.open();
  });

  after(async () => {
    for (const socket of sockets) socket.destroy();
    await server.close();
    await rm(folder, { recursive: true });
  });

  const ask = (url: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request({ socketPath: path, path: url, timeout: 2000 }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('timeout', () => {
          reject(new Error('no answer within two seconds'));
        })
        .on('error', reject)
        .end();
    });

  it('answers while a hundred clients are connected that say nothing', async () => {
    sockets.push(...Array.from({ length: 100 }, () => connect(path).on('error', () => undefined)));
    await until('them to be connected', () => sockets.every(({ connecting }) => !connecting));
    expect(await ask('/healthz')).to.equal(200);
    expect(await ask('/metrics')).to.equal(500);
  });

  it('works its verdict out once for many that ask at once', async () => {
    asked = 0;
    for (let round = 0; round < 10; round += 1) expect(await ask('/readyz')).to.equal(200);
    expect(asked).to.be.below(4);
  });
});
