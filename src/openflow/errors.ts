import type { FlowMod } from './flow.ts';

/** Base of every error this library raises; `code` is stable and meant for programs, the message for operators. */
export class OpenFlowError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The bridge's socket could not be reached; `code` is the system's own (`ENOENT`, `EACCES`, `ECONNREFUSED` …). */
export class ConnectFailed extends OpenFlowError {}

/** The bridge speaks no version of OpenFlow that this side can use (OFPHFC_INCOMPATIBLE). */
export class VersionRefused extends OpenFlowError {
  /** Wire versions the bridge offered, ascending; 1 is OpenFlow 1.0, 6 is OpenFlow 1.5. */
  readonly offered: readonly number[];

  constructor(message: string, offered: readonly number[]) {
    super('VERSION_REFUSED', message);
    this.offered = offered;
  }
}

/** The peer sent bytes that are not OpenFlow, or not the OpenFlow that was negotiated. */
export class ProtocolError extends OpenFlowError {
  constructor(message: string) {
    super('PROTOCOL', message);
  }
}

/** The connection ended with a request under way; whether the switch carried it out is unknown. */
export class ConnectionLost extends OpenFlowError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONNECTION_LOST', message, options);
  }
}

/** The peer was given its time and did not answer; the connection is given up. */
export class RequestTimeout extends OpenFlowError {
  constructor(message: string) {
    super('TIMEOUT', message);
  }
}

/** A flow that OpenFlow cannot express, found before anything was sent. */
export class InvalidFlow extends OpenFlowError {
  constructor(message: string) {
    super('INVALID_FLOW', message);
  }
}

/** The switch is known not to have what was asked for, so it was not asked; the connection goes on. */
export class Unsupported extends OpenFlowError {
  constructor(message: string) {
    super('UNSUPPORTED', message);
  }
}

/** An OFPT_ERROR of the switch (OpenFlow 1.5 section 7.5.4). */
export class SwitchError extends OpenFlowError {
  readonly errorType: number;
  readonly errorCode: number;
  /** Name in OVS `include/openvswitch/ofp-errors.h`, such as `OFPBMC_BAD_PREREQ`; `type/code` when it has none. */
  readonly errorName: string;

  constructor(errorType: number, errorCode: number, errorName: string, request: string) {
    super('SWITCH_ERROR', `the switch refused ${request}: ${errorName}`);
    this.errorType = errorType;
    this.errorCode = errorCode;
    this.errorName = errorName;
  }
}

/** One change of a bundle was refused, so none of the bundle was applied. */
export class BundleRefused extends OpenFlowError {
  /** Position of the change in the list given to `commit`. */
  readonly index: number;
  readonly mod: FlowMod;
  readonly reason: SwitchError | InvalidFlow;

  constructor(index: number, mod: FlowMod, reason: SwitchError | InvalidFlow, message: string) {
    super('BUNDLE_REFUSED', message, { cause: reason });
    this.index = index;
    this.mod = mod;
    this.reason = reason;
  }
}
