import { Agent } from '../agent/agent.ts';
import { Configuration } from '../agent/configuration.ts';
import { controlServer } from '../control/control-server.ts';
import { EventBook } from '../control/event-book.ts';
import { ControlSocket } from '../control/control-socket.ts';
import type { Config } from '../config/config.ts';
import { listenAddress } from '../metrics/address.ts';
import { MetricsServer } from '../metrics/metrics-server.ts';
import type { LibvirtEvent } from '../libvirt/report.ts';
import { tellDatabase } from './database-log.ts';
import { databaseReady, openDatabase } from './database.ts';
import { openFleet } from './fleet/fleet-part.ts';
import { openLibvirt } from './libvirt.ts';
import { AGENT_LOCK } from './lock.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { createLogger } from './log.ts';
import { removedFolder, watchedFolders } from './removed-folders.ts';

/** A server that took the connection is waited for, as long as a timer can be set. */
const FOR_EVER_MS = 0x7fffffff;

/**
 * Runs the agent until SIGTERM or SIGINT; flows, settings and marks stay in place. SIGHUP makes it `load` its configuration
 * again, which is taken over as a whole or not at all.
 * @throws ConfigError at start only
 * @throws CommandError at start, and when a folder that it watches was removed under its mount: only a new start mounts the new one
 */
export async function run(load: () => Config, version: string, startTimeoutMs: number): Promise<void> {
  const config = load();
  const configuration = new Configuration(config);
  const log = new EventBook(await createLogger(config.log));
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
  const reload = (): void => {
    const problem = configuration.reload(load);
    if (problem === undefined) log.info({ event: 'agent' }, 'the configuration was read again and is in force');
    else
      log.error({ event: 'agent' }, `the configuration was not taken over, the one before stays in force: ${problem}`);
  };
  process.on('SIGHUP', reload);
  const database = openDatabase(config);
  const telling = tellDatabase(database.state$, log);
  const started = await Promise.race([
    databaseReady(database, { reach: startTimeoutMs, content: FOR_EVER_MS }).then(() => true),
    stopped.then(() => false),
  ]);
  if (!started) {
    database.close();
    return;
  }
  const libvirt = await openLibvirt(config, (event) => {
    log.warn({ event: 'libvirt', kind: event.kind }, describe(event));
  }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  const lock = database.lock(AGENT_LOCK);
  const fleet = openFleet(config, version, log);
  const agent = new Agent({ configuration, version, database, libvirt, fleet, lock, log });
  // Isolation does not depend on it: only `status` does.
  const control = new ControlSocket({
    path: config.control,
    server: () =>
      controlServer(
        () => agent.status(),
        (after) => log.after(after),
      ),
    log,
  });
  await control.open();
  const { listen } = config.metrics;
  const metrics =
    listen === undefined
      ? undefined
      : new MetricsServer({
          address: listenAddress(listen),
          facts: () => agent.metrics(),
          status: () => agent.status(),
          log,
        });
  await metrics?.open();
  const watch = lock.held$.subscribe((held) => {
    log.info({ event: 'agent', held }, held ? 'active: this agent holds the lock' : 'standing by for the lock');
  });
  log.info(
    { event: 'agent', version, ovsdb: config.ovsdb, openflow: config.openflow },
    `pvlan-agent ${version} started`,
  );
  agent.start();

  const ended = new AbortController();
  const removed = removedFolder(watchedFolders(config), ended.signal);
  const end = await Promise.race([stopped.then((signal) => ({ signal })), removed.then((folder) => ({ folder }))]);
  ended.abort();
  log.info({ event: 'agent', ...end }, 'stopping; flows, settings and marks stay in place');
  watch.unsubscribe();
  telling.unsubscribe();
  await agent.stop();
  await control.close();
  await fleet?.close();
  await metrics?.close();
  await libvirt?.close();
  database.close();
  process.off('SIGHUP', reload);
  if ('folder' in end) {
    throw new CommandError(
      ExitCode.FAILURE,
      `${end.folder} was removed where it is mounted from: start the agent again, so that the new one is mounted ` +
        '(Restart=always of systemd and --restart always of a container do)',
    );
  }
}

function describe(event: LibvirtEvent): string {
  switch (event.kind) {
    case 'file-refused':
      return `${event.file} is not used: ${event.message}`;
    case 'folder-unreadable':
    case 'watch-degraded':
      return `${event.folder}: ${event.message}`;
    case 'virsh-failed':
      return `${event.command}: ${event.message}`;
  }
}
