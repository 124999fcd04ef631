/**
 * Runs `work` one at a time. INVARIANTS: at most one run is under way; a request during a run causes exactly one more run
 * after it, however many requests came; after `stop` no run starts. A run that fails is tried again after `retryMs`.
 */
export class SingleFlight {
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #retryMs: number;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(work: () => Promise<void>, onError: (error: unknown) => void, retryMs: number) {
    this.#work = work;
    this.#onError = onError;
    this.#retryMs = retryMs;
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#retry !== undefined;
  }

  request(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#loop();
  }

  /** Resolves when the run under way, if any, has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#running;
  }

  async #loop(): Promise<void> {
    do {
      this.#again = false;
      clearTimeout(this.#retry);
      this.#retry = undefined;
      try {
        await this.#work();
      } catch (error) {
        this.#onError(error);
        this.#scheduleRetry();
      }
    } while (this.#again && !this.#stopped);
    this.#running = undefined;
  }

  #scheduleRetry(): void {
    if (this.#stopped || this.#again) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.request();
    }, this.#retryMs);
  }
}
