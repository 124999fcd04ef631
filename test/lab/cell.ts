import type { Endpoint } from './endpoint.ts';
import type { VlanTag } from './parse-frame.ts';

/** What became of one class of frames from one endpoint to one other. */
export interface Cell {
  readonly frameClass: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** How often it arrived; 0 is not at all. */
  readonly times: number;
  /** How the first copy was tagged. */
  readonly tags: readonly VlanTag[];
}

/** Whether frames of the class may go from one endpoint to the other. */
export type Policy = (from: Endpoint, to: Endpoint, frameClass: string) => boolean;
