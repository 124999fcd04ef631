/** What `pvlan-agent` exits with; {@link exitCodeMeanings} says what each code means. */
export const ExitCode = {
  OK: 0,
  FAILURE: 1,
  USAGE: 2,
  DATABASE: 3,
  SCHEMA: 4,
  OPENFLOW: 5,
  LIBVIRT: 6,
  LOCKED: 7,
  NOT_RUNNING: 8,
  UNHEALTHY: 9,
  VERIFY_FAILED: 10,
  UNPROVED: 11,
} as const;

/** The list of exit codes that `--help` prints; docs/operations.md has the same. */
export const exitCodeMeanings: Readonly<Record<(typeof ExitCode)[keyof typeof ExitCode], string>> = {
  [ExitCode.OK]: 'done',
  [ExitCode.FAILURE]: 'unexpected failure',
  [ExitCode.USAGE]: 'command line or configuration',
  [ExitCode.DATABASE]: 'OVSDB cannot be reached',
  [ExitCode.SCHEMA]: "the OVSDB server's schema lacks a table or column",
  [ExitCode.OPENFLOW]: "a bridge's OpenFlow socket, or ovs-vswitchd, cannot be reached",
  [ExitCode.LIBVIRT]: "no source of portgroups: libvirt's folders are not mounted",
  [ExitCode.LOCKED]: 'flush: an agent works on this host',
  [ExitCode.NOT_RUNNING]: 'status: no agent answers on the control socket',
  [ExitCode.UNHEALTHY]:
    'status: something needs attention; plan: a bridge of the configuration does not exist; ' +
    'network-xml --check: a portgroup needs a correction; doctor: something is FAIL',
  [ExitCode.VERIFY_FAILED]: 'verify, prove: a frame would go where the roles forbid, or (verify) not where they allow',
  [ExitCode.UNPROVED]: 'prove: whether a frame goes where the roles forbid cannot be told',
};

/** An error that ends the command with a code of its own and one line for the operator. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** The end of `--help`. */
export function exitCodeHelp(): string {
  const lines = Object.entries(exitCodeMeanings).map(([code, meaning]) => `  ${code.padEnd(2)} ${meaning}`);
  return ['', 'Exit codes:', ...lines].join('\n');
}
