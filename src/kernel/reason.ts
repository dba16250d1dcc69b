/** Why a score, route or decision came out as it did: a stable code for machines, a sentence for people. */
export interface Reason {
  readonly code: string;
  readonly text: string;
}
