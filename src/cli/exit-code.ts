/** What `pvlan-agent` exits with; docs/operations.md and `--help` list the same. */
export const ExitCode = {
  OK: 0,
  /** Something the agent did not foresee. */
  FAILURE: 1,
  /** Command line or configuration. */
  USAGE: 2,
  /** OVSDB cannot be reached. */
  DATABASE: 3,
  /** The server's schema lacks something the agent needs. */
  SCHEMA: 4,
  /** A bridge's OpenFlow socket cannot be reached. */
  OPENFLOW: 5,
  /** No source of portgroups. */
  LIBVIRT: 6,
  /** Another agent works on this host. */
  LOCKED: 7,
  /** `status`: no agent answers. */
  NOT_RUNNING: 8,
  /** `status`: the agent runs and something needs attention. */
  UNHEALTHY: 9,
  /** `verify`: ovs-vswitchd would not do with every frame what the roles ask. */
  VERIFY_FAILED: 10,
} as const;

/** An error that ends the command with a code of its own and one line for the operator. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

export const exitCodeHelp = `
Exit codes:
  0  done
  1  unexpected failure
  2  command line or configuration
  3  OVSDB cannot be reached
  4  the OVSDB server's schema lacks a table or column
  5  a bridge's OpenFlow socket cannot be reached
  6  no source of portgroups: libvirt's folders are not mounted
  7  another agent works on this host
  8  status: no agent answers on the control socket
  9  status: the agent runs and something needs attention
  10 verify: a frame would go where the roles forbid, or not where they allow`;
