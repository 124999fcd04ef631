/** What a server says of one database in its own database `_Server` (ovsdb-server(5)). */
export interface ServedDatabase {
  readonly model: 'standalone' | 'clustered' | 'relay';
  /** Of a cluster's member or a relay: whether it is in touch with the majority, or with its source. */
  readonly connected: boolean;
  readonly leader: boolean;
  /** Whether it has the database at all yet. */
  readonly hasSchema: boolean;
  /** The cluster's identity, for its members alone. */
  readonly cluster: string | undefined;
  /** How far its member has come in the cluster's log, for members alone. */
  readonly index: number | bigint | undefined;
}

/**
 * What a session needs of a server: `any`, also a relay; `member`, one that holds the database itself, since only such a one checks
 * the rights of a writer against what is committed; `leader`, the cluster's leader.
 */
export type ServerDemand = 'any' | 'member' | 'leader';

/** What a session has seen of clusters; it goes back to none of it. */
export interface SeenClusters {
  readonly cluster: string | undefined;
  /** The furthest that any member of it was. */
  readonly index: number | bigint;
  /** Clusters that were left for another: the database was rebuilt. */
  readonly left: ReadonlySet<string>;
}

/** Nothing seen yet. */
export const noClusters: SeenClusters = { cluster: undefined, index: 0, left: new Set() };

/** Whether a server serves, and what is seen then; or why it does not. */
export type Fitness = { readonly seen: SeenClusters } | { readonly because: string };

/** Judges a server by what it says of the database; undefined when it does not have it (compare OVS `lib/ovsdb-cs.c`). */
export function judgeServer(served: ServedDatabase | undefined, demand: ServerDemand, seen: SeenClusters): Fitness {
  if (served === undefined) return { because: 'it does not have the database' };
  if (!served.hasSchema) return { because: 'it has not got the database from its cluster or source yet' };
  switch (served.model) {
    case 'standalone':
      return { seen };
    case 'relay':
      if (demand !== 'any') return { because: 'it is a relay, and this needs a member of the cluster' };
      return served.connected ? { seen } : { because: 'it is a relay that has lost its source' };
    case 'clustered':
      return judgeMember(served, demand, seen);
  }
}

function judgeMember(served: ServedDatabase, demand: ServerDemand, seen: SeenClusters): Fitness {
  const { cluster, index = 0 } = served;
  if (!served.connected) return { because: 'it is cut off from the majority of its cluster' };
  if (demand === 'leader' && !served.leader) return { because: 'it is not the leader of its cluster' };
  if (cluster === undefined) return { because: 'it does not say which cluster it is of' };
  if (seen.left.has(cluster)) return { because: 'it is of a cluster that another has replaced' };
  if (cluster === seen.cluster) {
    if (index < seen.index) return { because: `it is behind: its log ends at ${index}, and ${seen.index} was seen` };
    return { seen: index === seen.index ? seen : { ...seen, index } };
  }
  const left = seen.cluster === undefined ? seen.left : new Set([...seen.left, seen.cluster]);
  return { seen: { cluster, index, left } };
}
