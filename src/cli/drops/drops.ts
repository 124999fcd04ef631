import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { ExitCode } from '../exit-code.ts';
import { survey } from '../inspection.ts';
import { dropLines, type DropsReport } from './drops-report.ts';
import { followLine, formatDrops } from './drops-text.ts';
import { DropReader, readUnlisted } from './read-drops.ts';

/** Rates are of this long, in milliseconds. */
const WINDOW_MS = 1000;

export interface DropsCall {
  readonly json: boolean;
  readonly follow: boolean;
}

/**
 * Tells what the flows drop, by cause and port, with the agent running or not; `follow`: what is dropped from now on, until nobody reads
 * any more. Returns the exit code. @throws CommandError
 */
export async function drops(config: Config, call: DropsCall, print: (text: string) => void): Promise<number> {
  const bridges = await survey(config, (found) => Promise.resolve(found.bridges));
  const reader = await DropReader.open(bridges, config.openflow);
  const names = new Map(
    bridges.flatMap(({ bridge, ports }) => ports.map(({ port }) => [`${bridge} ${port.name}`, port.guestName])),
  );
  const guestOf = (bridge: string, port: string): string | undefined => names.get(`${bridge} ${port}`);
  try {
    let [before, since] = [await reader.read(), performance.now()];
    do {
      await pause(WINDOW_MS);
      const [after, now] = [await reader.read(), performance.now()];
      const lines = dropLines(before, after, now - since, guestOf);
      if (call.follow) {
        const at = new Date();
        for (const line of lines.filter(({ perMinute }) => perMinute > 0)) {
          print(call.json ? JSON.stringify({ at: at.toISOString(), ...line }) : followLine(line, at));
        }
      } else {
        const report: DropsReport = {
          format: 'pvlan-agent/drops/1',
          windowMs: Math.round(now - since),
          drops: lines,
          unlisted: await readUnlisted(bridges, config.openflow),
        };
        print(call.json ? JSON.stringify(report, null, 2) : formatDrops(report));
      }
      [before, since] = [after, now];
    } while (call.follow && process.stdout.writable);
    return ExitCode.OK;
  } finally {
    reader.close();
  }
}
