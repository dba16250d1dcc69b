/** Why one item was refused; stable, for programs. */
export const ITEM_ERROR_CODES = [
  'REQUIRED',
  'INVALID',
  'OUT_OF_RANGE',
  'TOO_LONG',
  'UNKNOWN_CURRENCY',
  'UNKNOWN_COUNTRY',
  'SUSPECT_COORDINATES',
  'DUPLICATE',
  'CONFLICT',
  'NOT_FOUND',
] as const;
export type ItemErrorCode = (typeof ITEM_ERROR_CODES)[number];

/** What became of one item. */
export const OUTCOMES = ['CREATED', 'UPDATED', 'UNCHANGED', 'IGNORED_OLDER', 'REJECTED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface ItemError {
  /** Dotted path inside the item, e.g. `items.2.quantity`. */
  field: string;
  code: ItemErrorCode;
  /** What is wrong and what would be right. */
  message: string;
}

/** One line of a batch's answer, in the order of the batch. */
export interface ItemResult {
  index: number;
  /** As sent, shortened to 200 characters; empty when it was missing. */
  externalId: string;
  outcome: Outcome;
  /** The stored row; absent when the item was rejected. */
  id?: string;
  error?: ItemError;
}

/** Thrown by validators, caught per item: never leaves the import. */
export class FieldError extends Error {
  readonly field: string;
  readonly code: ItemErrorCode;

  constructor(field: string, code: ItemErrorCode, message: string) {
    super(message);
    this.field = field;
    this.code = code;
  }

  /** The same error inside a list or object. */
  within(prefix: string): FieldError {
    return new FieldError(`${prefix}.${this.field}`, this.code, this.message);
  }

  toItemError(): ItemError {
    return { field: this.field, code: this.code, message: this.message };
  }
}
