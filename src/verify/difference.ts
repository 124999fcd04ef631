/** Something that is not as the roles ask. */
export interface Difference {
  readonly bridge: string;
  /**
   * `leak`: a port got what it may not; `lost`: a port did not get what it should; `escape`: a frame that has to be dropped left
   * the bridge elsewhere; `flood`: it goes to others, too, once the switch has forgotten the receiver; `form`: it came altered, twice,
   * or tagged when it should not be; `setting`: the port is not parked; `unclear`: ovs-vswitchd's answer was not understood.
   */
  readonly kind: 'leak' | 'lost' | 'escape' | 'flood' | 'form' | 'setting' | 'unclear';
  /** The kind of frame; undefined for settings. */
  readonly frame: string | undefined;
  readonly from: string;
  /** Undefined where no single port is concerned. */
  readonly to: string | undefined;
  readonly message: string;
  /** The question as `ofproto/trace` takes it, to be put again. */
  readonly question: string | undefined;
  /** What ovs-vswitchd answered; kept for the first few of a report. */
  readonly trace: string | undefined;
}
