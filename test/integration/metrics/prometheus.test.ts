import { expect } from 'chai';
import { execa } from 'execa';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsServer } from '../../../src/metrics/metrics-server.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

const CONTRIB = join(import.meta.dirname, '../../../contrib/prometheus');
const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A port of this host that nobody uses at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

describe('the metrics of a running agent', function () {
  this.timeout(60_000);
  let lab: Lab;
  let agent: AgentOn;
  let folder: string;
  let port: number;
  let served: MetricsServer;
  const ends: (() => Promise<unknown>)[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pvlan-metrics-'));
    lab = await Lab.create();
    const host = await lab.host('a');
    await host.addBridge('br0');
    await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    agent = await AgentOn.start(host, {
      config: { pvlans: [PVLAN_2102], metrics: { listen: undefined, endpoints: true } },
    });
    await agent.reached('installed', 'g1');
    port = await freePort();
    served = serve({ kind: 'tcp', host: '127.0.0.1', port });
    await served.open();
  });

  after(async () => {
    for (const end of ends.reverse()) await end();
    await served.close();
    await agent.stop();
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  const serve = (address: ConstructorParameters<typeof MetricsServer>[0]['address']): MetricsServer =>
    new MetricsServer({ address, log: LOG, facts: () => agent.agent.metrics(), status: () => agent.agent.status() });
  const get = async (path: string): Promise<{ readonly code: number; readonly text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { code: response.status, text: await response.text() };
  };

  it('are as Prometheus wants them', async () => {
    const { text } = await get('/metrics');
    const { exitCode, stderr } = await execa('promtool', ['check', 'metrics'], { input: text, reject: false });
    expect(exitCode, stderr).to.equal(0);
    expect(text).to.contain('pvlan_endpoints{pvlan="2102",role="isolated",state="installed"} 1\n');
    expect(text).to.match(/pvlan_endpoint_info\{bridge="br0",port="g1",.*\} 1\n/);
    expect(text).to.contain('pvlan_protection_seconds_count 1\n');
  });

  it('come with pages for health and readiness, and nothing else', async () => {
    expect(await get('/healthz')).to.deep.equal({ code: 200, text: 'ok\n' });
    expect(await get('/readyz')).to.deep.equal({ code: 200, text: 'ok\n' });
    expect((await get('/')).code).to.equal(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).to.equal(405);
  });

  it('can be on a unix socket that others may not open', async () => {
    const path = join(folder, 'metrics.sock');
    const server = serve({ kind: 'unix', path });
    await server.open();
    try {
      const code = await new Promise((resolve, reject) => {
        request({ socketPath: path, path: '/metrics' }, ({ statusCode }) => {
          resolve(statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(code).to.equal(200);
      expect((await stat(path)).mode & 0o777).to.equal(0o660);
    } finally {
      await server.close();
    }
  });

  it('say in the log where they cannot be served, and nothing else suffers', async () => {
    const lines: string[] = [];
    const log = { ...LOG, error: (_: object, line: string) => void lines.push(line) };
    const second = new MetricsServer({
      address: { kind: 'tcp', host: '127.0.0.1', port },
      log,
      facts: () => agent.agent.metrics(),
      status: () => agent.agent.status(),
    });
    await second.open();
    await second.close();
    expect(lines.join()).to.match(/cannot be served on .*EADDRINUSE.*--metrics-listen/);
  });

  it('are judged by rules of which each alert fires and clears', async () => {
    const check = await execa('promtool', ['check', 'rules', 'pvlan-agent.rules.yml'], { cwd: CONTRIB, reject: false });
    expect(check.exitCode, check.stderr).to.equal(0);
    const test = await execa('promtool', ['test', 'rules', 'pvlan-agent.rules.test.yml'], {
      cwd: CONTRIB,
      reject: false,
    });
    expect(test.exitCode, test.stdout + test.stderr).to.equal(0);
  });

  it('make a real Prometheus raise an alarm, and end it', async () => {
    const own = await freePort();
    const config = `
global: { scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms }
rule_files: [${join(CONTRIB, 'pvlan-agent.rules.yml')}]
scrape_configs:
  - job_name: pvlan
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`;
    await writeFile(join(folder, 'prometheus.yml'), config);
    const server = execa(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${own}`,
        '--log.level=warn',
      ],
      { reject: false, stdin: 'ignore' },
    );
    ends.push(async () => {
      server.kill('SIGTERM');
      await server;
    });
    const ask = async (query: string): Promise<string> => {
      const url = `http://127.0.0.1:${own}/api/v1/query?query=${encodeURIComponent(query)}`;
      return fetch(url).then(
        (response) => response.text(),
        () => '',
      );
    };
    const patience = { timeout: 30_000, interval: 50 };
    await until('a scrape', async () => (await ask('up == 1')).includes('"1"'), patience);
    expect(await ask('ALERTS')).not.to.contain('PvlanAlarm');
    const host = lab.hosts[0]!;
    await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:vlan-limit=2');
    const raised = 'ALERTS{alertname="PvlanAlarm",code="vlan-limit",alertstate="firing"}';
    await until('the alert', async () => (await ask(raised)).includes('vlan-limit'), patience);
    await host.vsctl('remove', 'Open_vSwitch', '.', 'other_config', 'vlan-limit');
    await until('its end', async () => (await ask(raised)).includes('"result":[]'), patience);
  });
});
