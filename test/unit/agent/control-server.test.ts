import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { controlServer, STATUS_PATH } from '../../../src/control/control-server.ts';
import { STATUS_FORMAT, type AgentStatus } from '../../../src/control/status.ts';
import { listen, stop } from '../../../src/control/unix-socket.ts';
import { fetchStatus } from '../../../src/cli/control-client.ts';
import { until } from '../../lab/until.ts';

const ASK = `GET ${STATUS_PATH} HTTP/1.1\r\nhost: agent\r\n\r\n`;
const STATUS: AgentStatus = {
  format: STATUS_FORMAT,
  version: '0',
  pid: 1,
  startedAt: '',
  database: { connected: true, detail: '' },
  mode: 'active',
  bridges: [],
  alarms: [],
  advice: [],
  settled: true,
};

describe('the control socket', () => {
  let folder = '';
  let path = '';
  let server: Server;
  let asked = 0;
  let status: AgentStatus;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'control-'));
    path = join(folder, 'control.sock');
    asked = 0;
    status = STATUS;
    server = controlServer(() => {
      asked += 1;
      return status;
    });
    await listen(server, path);
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await stop(server);
    await rm(folder, { recursive: true });
  });

  /** Clients that say `text` and read nothing unless told to. */
  async function crowd(size: number, text: string): Promise<Socket[]> {
    const made = Array.from({ length: size }, () =>
      connect(path)
        .pause()
        .on('error', () => undefined),
    );
    sockets.push(...made);
    await until('them to be connected', () => made.every(({ connecting }) => !connecting));
    for (const socket of made) socket.write(text);
    return made;
  }

  const tells = async (): Promise<boolean> => {
    const start = performance.now();
    expect(await fetchStatus(path)).to.deep.equal(status);
    return performance.now() - start < 1000;
  };

  const clients: [string, string][] = [
    ['say nothing', ''],
    ['stop within a line', 'GET /v1/st'],
    ['stop within the headers', `GET ${STATUS_PATH} HTTP/1.1\r\nhost: agent\r\nx`],
    ['promise a body and send none', `GET ${STATUS_PATH} HTTP/1.1\r\nhost: agent\r\ncontent-length: 100000000\r\n\r\n`],
    ['say something else than HTTP', '\0\u{1f4a3}'.repeat(10_000)],
    ['send headers without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(100_000)}`],
  ];
  for (const [what, text] of clients) {
    it(`answers at once while a hundred clients are connected that ${what}`, async () => {
      await crowd(100, text);
      expect(await tells()).to.equal(true);
    });
  }

  it('answers at once while forty clients have asked and do not read', async () => {
    status = { ...STATUS, version: 'x'.repeat(4_000_000) };
    await crowd(40, ASK);
    await until('one to be answered', () => asked > 0);
    expect(await tells()).to.equal(true);
  });

  it('lets go of who asks nothing, within two seconds', async () => {
    const [idle, half] = await Promise.all([crowd(5, ''), crowd(5, 'GET /v1')]);
    for (const socket of [...idle, ...half]) socket.resume();
    await until('them to be let go', () => [...idle, ...half].every(({ closed }) => closed), { timeout: 2500 });
  });

  it('works its answer out once for a greedy client that asks again and again', async () => {
    status = { ...STATUS, version: 'x'.repeat(2_000_000) };
    const [greedy] = await crowd(1, ASK.repeat(1000));
    greedy?.resume();
    await until('the connection to end', () => greedy?.closed === true);
    expect(asked).to.equal(1);
    for (let round = 0; round < 20; round += 1) expect(await tells()).to.equal(true);
    expect(asked).to.be.below(15);
  });
});
