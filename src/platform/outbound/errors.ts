/**
 * Another system said a definite no: nothing was done and asking again would not help. The message is a code without
 * secrets, because it is stored and shown.
 */
export class OutboundRefused extends Error {}

/** Definitely nothing was done (nobody was reached, or asked to wait): the same call may be made again later. */
export class OutboundDelayed extends Error {
  /** Seconds to wait at least, when the other side said so. */
  readonly retryAfterSec: number | null;

  constructor(message: string, retryAfterSec: number | null = null) {
    super(message);
    this.retryAfterSec = retryAfterSec;
  }
}

/** Nobody knows whether it was done: a time-out, a broken connection or a server error. */
export class OutboundAmbiguous extends Error {}

/** It was tried as often as its kind allows, and somebody who counts says so: dead, whatever the patience says. */
export class OutboundGivenUp extends Error {}
