import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import type { AgentLog } from '../base/agent-log.ts';
import { messageOf } from '../base/thrown.ts';
import { boundedServer } from '../control/bounded-server.ts';
import { Reused } from '../control/reused.ts';
import type { AgentStatus } from '../control/status.ts';
import { isAnswered, listen, stop } from '../control/unix-socket.ts';
import type { ListenAddress } from './address.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { samplesOf, type MetricFacts } from './samples.ts';

/** What was made for one scrape serves the others for this many times what it took, so that greedy scrapers cost a tenth of it. */
const REUSE_FACTOR = 10;

export interface MetricsServerOptions {
  readonly address: ListenAddress;
  readonly facts: () => Promise<MetricFacts>;
  readonly status: () => AgentStatus;
  readonly log: AgentLog;
}

/**
 * Serves `/metrics`, `/healthz` (the agent runs and has OVSDB) and `/readyz` (it is at work on every bridge). Read-only. A server that
 * cannot listen is told in the log and concerns nothing else. Its clients are bounded as those of the control socket are.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #status: Reused<AgentStatus>;
  #server: Server | undefined;
  #page: Promise<string> | undefined;
  #validUntil = -Infinity;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
    this.#status = new Reused(options.status);
  }

  async open(): Promise<void> {
    const { address, log } = this.#options;
    const server = boundedServer((request, response) => {
      void this.#answer(request.method, request.url).then(([code, type, body]) => {
        response.writeHead(code, { 'content-type': type, connection: 'close' });
        response.end(body);
      });
    });
    try {
      await begin(server, address);
      this.#server = server;
      log.info({}, `metrics are served on ${textOf(address)}`);
    } catch (error) {
      await stop(server);
      log.error(
        {},
        `metrics cannot be served on ${textOf(address)} (${messageOf(error)}): free the address, or name another with --metrics-listen, and start the agent again`,
      );
    }
  }

  async close(): Promise<void> {
    if (this.#server !== undefined) await stop(this.#server);
  }

  async #answer(
    method: string | undefined,
    url: string | undefined,
  ): Promise<readonly [code: number, type: string, body: string]> {
    const plain = 'text/plain; charset=utf-8';
    if (method !== 'GET' && method !== 'HEAD') return [405, plain, 'use GET\n'];
    try {
      switch (url?.split('?')[0]) {
        case '/metrics':
          return [200, CONTENT_TYPE, await this.#metrics()];
        case '/healthz':
          return verdict(unhealthy(this.#status.get()));
        case '/readyz':
          return verdict(unready(this.#status.get()));
        default:
          return [404, plain, 'there are /metrics, /healthz and /readyz\n'];
      }
    } catch (error) {
      return [500, plain, `${messageOf(error)}\n`];
    }
  }

  /** One page at a time is made, and given again while it is as good as new. */
  #metrics(): Promise<string> {
    if (performance.now() < this.#validUntil && this.#page !== undefined) return this.#page;
    this.#validUntil = Infinity;
    const start = performance.now();
    this.#page = this.#options
      .facts()
      .then((facts) => exposition(samplesOf(facts)))
      .finally(() => {
        const end = performance.now();
        this.#validUntil = end + REUSE_FACTOR * (end - start);
      });
    return this.#page;
  }
}

async function begin(server: Server, address: ListenAddress): Promise<void> {
  if (address.kind === 'unix') {
    mkdirSync(dirname(address.path), { recursive: true, mode: 0o755 });
    const found = lstatSync(address.path, { throwIfNoEntry: false });
    if (found?.isSocket() === true && !(await isAnswered(address.path))) unlinkSync(address.path);
    await listen(server, address.path);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function textOf(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `http://${address.host}:${address.port}/metrics`;
}

function verdict(problem: string | undefined): readonly [number, string, string] {
  return [problem === undefined ? 200 : 503, 'text/plain; charset=utf-8', `${problem ?? 'ok'}\n`];
}

/** Why starting the agent again could help. */
function unhealthy({ database }: AgentStatus): string | undefined {
  return database.connected ? undefined : `no OVSDB: ${database.detail}`;
}

/** Why guests of this host may wait. */
function unready(status: AgentStatus): string | undefined {
  const missing = status.bridges.filter(({ openflow }) => openflow !== 'up').map(({ name }) => name);
  if (!status.database.connected) return unhealthy(status);
  if (status.mode === 'standby') return 'another agent of this host holds the lock';
  return missing.length === 0 ? undefined : `no OpenFlow connection to ${missing.join(', ')}`;
}
