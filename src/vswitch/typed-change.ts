import { Dict } from '../base/dict.ts';
import type { RowChange } from '../ovsdb/change.ts';
import type { Row, Uuid } from '../ovsdb/value.ts';
import type { VswitchTable, VswitchTables } from './rows.generated.ts';

/** How one row of type `R` changed. */
export type TypedChange<R> =
  | { readonly uuid: Uuid; readonly kind: 'insert'; readonly old: undefined; readonly new: R }
  | { readonly uuid: Uuid; readonly kind: 'modify'; readonly old: R; readonly new: R }
  | { readonly uuid: Uuid; readonly kind: 'delete'; readonly old: R; readonly new: undefined };

/** A change of any table's row; `table` tells the row's type. */
export type VswitchChange = {
  [T in VswitchTable]: { readonly table: T } & TypedChange<VswitchTables[T]>;
}[VswitchTable];

/** What one message of the server changed; see ChangeBatch. */
export interface VswitchBatch {
  readonly origin: 'initial' | 'update' | 'resync';
  readonly changes: readonly VswitchChange[];
}

/** The rows of one table in their own type. */
export class TypedTable<R extends object> {
  #rows = Dict.empty<Uuid, R>();
  readonly #read: (uuid: Uuid, row: Row) => R;

  constructor(read: (uuid: Uuid, row: Row) => R) {
    this.#read = read;
  }

  /** A value: later changes make another one, which shares what is the same. */
  get rows(): Dict<Uuid, R> {
    return this.#rows;
  }

  /** Follows one change of the untyped replica. */
  apply({ uuid, old, new: row }: RowChange): TypedChange<R> {
    const before = this.#rows.get(uuid) ?? (old === undefined ? undefined : this.#read(uuid, old));
    if (row === undefined) {
      this.#rows = this.#rows.without(uuid);
      if (before === undefined) throw new Error(`row ${uuid} was deleted but never there`);
      return { uuid, kind: 'delete', old: before, new: undefined };
    }
    const after = this.#read(uuid, row);
    this.#rows = this.#rows.with(uuid, after);
    if (before === undefined) return { uuid, kind: 'insert', old: undefined, new: after };
    return { uuid, kind: 'modify', old: before, new: after };
  }

  /** Every row, as inserts. */
  snapshot(): TypedChange<R>[] {
    return [...this.#rows].map(([uuid, row]) => ({ uuid, kind: 'insert', old: undefined, new: row }));
  }
}
