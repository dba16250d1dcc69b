export { type Batch, reach, withBatch } from './batch.ts';
export { isCountry } from './countries.ts';
export {
  choice,
  currency,
  flag,
  integer,
  MAX_MINOR,
  optionalFlag,
  optionalInteger,
  optionalMoney,
  optionalText,
  type Raw,
  text,
} from './fields.ts';
export {
  createImporter,
  type ImportBatch,
  type Importer,
  MAX_ITEMS,
  readItems,
  type Written,
} from './import.ts';
export { instant, optionalInstant, version } from './instants.ts';
export {
  type Candidate,
  FACT_KINDS,
  type Fact,
  type FactKind,
  type KindSpec,
  type Link,
  type ReadContext,
} from './kind.ts';
export { ITEM_KINDS, type ItemKind, MAX_LINES, type OrderItem, orderLines, sumOfLines } from './lines.ts';
export { linkTo } from './links.ts';
export { Conditions, createReader, type Stored } from './list.ts';
export { createLoader } from './loader.ts';
export {
  FieldError,
  ITEM_ERROR_CODES,
  type ItemError,
  type ItemErrorCode,
  type ItemResult,
  OUTCOMES,
  type Outcome,
} from './outcome.ts';
export { optionalCountry, type Place, place } from './places.ts';
