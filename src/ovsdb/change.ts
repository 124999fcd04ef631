import type { Row, Uuid } from './value.ts';

/** A row that came, changed or went. */
export type RowChange = { readonly table: string; readonly uuid: Uuid } & (
  | { readonly kind: 'insert'; readonly old: undefined; readonly new: Row }
  | { readonly kind: 'modify'; readonly old: Row; readonly new: Row }
  | { readonly kind: 'delete'; readonly old: Row; readonly new: undefined }
);

/** Everything one message of the server changed: a transaction is never seen by halves. */
export interface ChangeBatch {
  /**
   * `initial`: the whole content, as inserts, once for each subscriber; `update`: what the server reported; `resync`: how the
   * content differs from what it was before the connection was lost.
   */
  readonly origin: 'initial' | 'update' | 'resync';
  readonly changes: readonly RowChange[];
}
