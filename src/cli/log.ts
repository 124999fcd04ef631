import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { LogFn, Logger } from 'pino';
import { printableLine } from './printable.ts';

const STDERR = 2;

/** How much is logged, and in which form (`log` in the configuration). */
export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto` is pretty when standard error is a terminal, and JSON elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
  /** Where lines go; default: standard error, so that standard output carries results alone. */
  readonly destination?: NodeJS.WritableStream;
}

/**
 * A logger that writes synchronously, so that the last line before an exit or a crash is never lost; there is no worker
 * thread, which a single-file bundle could not start.
 */
export const createLogger = async (options: LogOptions): Promise<Logger> => {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: printableDetails },
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
        method.apply(
          this,
          args.map((arg) => (typeof arg === 'string' ? printableLine(arg) : arg)) as Parameters<LogFn>,
        );
      },
    },
  };
  const pretty = options.format === 'pretty' || (options.format === 'auto' && isatty(STDERR));
  if (!pretty) {
    const destination = options.destination ?? pino.destination({ dest: STDERR, sync: true });
    return pino(settings, isJournal(STDERR, process.env['JOURNAL_STREAM']) ? withPriority(destination) : destination);
  }
  // For people, who can wait until it is loaded.
  const { PinoPretty } = await import('pino-pretty');
  const stream = PinoPretty({
    destination: options.destination ?? STDERR,
    colorize: options.destination === undefined && isatty(STDERR) && process.env['NO_COLOR'] === undefined,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    // The message says it all; what is beside it is for programs.
    hideObject: true,
  });
  return pino(settings, stream);
};

/** Whether file descriptor `fd` is the journal's, which systemd tells by its device and inode (systemd.exec(5), JOURNAL_STREAM). */
export function isJournal(fd: number, stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Puts before each line the priority that the journal gives it (sd-daemon(3)): 3 for errors, 4 for warnings, 6 and 7 for the rest. */
export function withPriority(destination: { write(text: string): unknown }): { write(line: string): void } {
  return {
    write(line) {
      const level = Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 30);
      const priority = level >= 60 ? 2 : level >= 50 ? 3 : level >= 40 ? 4 : level >= 30 ? 6 : 7;
      destination.write(`<${priority}>${line}`);
    },
  };
}

function printableDetails(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, typeof value === 'string' ? printableLine(value) : value]),
  );
}
