import { Unixctl } from '../vswitch/unixctl.ts';
import { SingleFlight } from '../base/single-flight.ts';

const TIMEOUT_MS = 2000;
const RETRY_MS = 1000;
/** A daemon that is being started again has no caches to speak of: so many failures in a row are told of. */
const TOLERATED = 4;

/** The first release of each series that finds the flow to change in the userspace datapath by its own id. */
const MENDED: readonly (readonly [number, number, number])[] = [
  [2, 17, 8],
  [3, 0, 5],
  [3, 1, 3],
];

/**
 * Whether the userspace datapath of an ovs-vswitchd may go on forwarding as its tables said before they changed: where two cached
 * flows overlap, a change of the one could hit the other (mended by OVS commit 21410ff80, "dpif-netdev: Fix
 * dpif_netdev_flow_put"). `version` is what its `version` command prints; one that cannot be read counts as such.
 */
export function keepsStaleFlows(version: string): boolean {
  const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return true;
  const mended = MENDED.find((release) => release[0] === major && release[1] === minor);
  if (mended !== undefined) return patch < mended[2];
  return major < 3;
}

/**
 * Empties the caches of a host's userspace datapath after our flows changed, where ovs-vswitchd might keep what is stale in them.
 * The frames that come next are looked up in the tables, which costs each of them some microseconds once.
 */
export class DatapathCache {
  readonly #rundir: string;
  readonly #flight: SingleFlight;
  #failures = 0;

  /** `rundir` is where ovs-vswitchd has its control socket. */
  constructor(rundir: string, onError: (error: unknown) => void) {
    this.#rundir = rundir;
    this.#flight = new SingleFlight(
      async () => {
        await this.#empty();
        this.#failures = 0;
      },
      (error) => {
        this.#failures += 1;
        if (this.#failures >= TOLERATED) onError(error);
      },
      RETRY_MS,
    );
  }

  /** Our flows have changed. Returns at once; changes at short intervals are taken together. */
  tablesChanged(): void {
    this.#flight.request();
  }

  stop(): Promise<void> {
    return this.#flight.stop();
  }

  async #empty(): Promise<void> {
    const daemon = await Unixctl.find(this.#rundir);
    // Asked each time: the daemon may have been replaced by another.
    const version = await daemon.run('version', [], { timeoutMs: TIMEOUT_MS });
    if (keepsStaleFlows(version)) await daemon.run('revalidator/purge', [], { timeoutMs: TIMEOUT_MS });
  }
}
