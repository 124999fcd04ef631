// usage: bare-client.ts OVSDB-SOCKET OPENFLOW-SOCKET
// The least that a client of both protocols can do for a new port: as soon as its number is there, as many flows as a guest needs in
// a bundle, a barrier, and a mark. It knows nothing of ports that are marked, and does nothing else.
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import type { FlowMod } from '../../../src/openflow/flow.ts';
import { stringMap, whereUuid } from '../../../src/ovsdb/operation.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { BARE_MARK } from './onlooker.ts';

const [database = '', bridge = ''] = process.argv.slice(2);
const COOKIE = 0xbe9dn;
const openflow = await OpenFlowConnection.connect(`unix:${bridge}`);
const session = new OvsdbSession({
  remotes: [parseRemote(`unix:${database}`)],
  database: 'Open_vSwitch',
  monitor: { Interface: { columns: ['ofport'] } },
});
await session.ready({ timeoutMs: 60_000 });
session.changes$.subscribe(({ origin, changes }) => {
  if (origin === 'initial') return;
  for (const { kind, uuid, old, new: row } of changes) {
    const ofport = row?.['ofport'];
    if (kind === 'delete' || typeof ofport !== 'number' || ofport <= 0 || old?.['ofport'] === ofport) continue;
    const mods = Array.from({ length: 8 }, (_, number): FlowMod => {
      const flow = { table: 200, priority: 100 + number, cookie: COOKIE, match: { inPort: ofport }, actions: [] };
      return { command: 'add', flow };
    });
    void openflow.commit(mods).then(() =>
      session.transact([
        {
          ...{ op: 'mutate', table: 'Interface', where: whereUuid(uuid) },
          mutations: [['external_ids', 'insert', stringMap({ [BARE_MARK]: 'true' })]],
        },
      ]),
    );
  }
});
process.stdout.write('ready\n');
