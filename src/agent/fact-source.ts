import type { Observable } from 'rxjs';

/** Something outside that the judgement of ports depends on. What it says is read when it is needed, and never kept. */
export interface FactSource<T> {
  /** Fires when it may say something else than before. */
  readonly changes$: Observable<unknown>;
  /** The same as long as it says the same. */
  readonly revision: unknown;
  read(): T;
}
