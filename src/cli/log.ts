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
  if (!pretty) return pino(settings, options.destination ?? pino.destination({ dest: STDERR, sync: true }));
  // For people, who can wait until it is loaded.
  const { PinoPretty } = await import('pino-pretty');
  const stream = PinoPretty({
    destination: options.destination ?? STDERR,
    colorize: options.destination === undefined && isatty(STDERR) && process.env['NO_COLOR'] === undefined,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return pino(settings, stream);
};

function printableDetails(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, typeof value === 'string' ? printableLine(value) : value]),
  );
}
