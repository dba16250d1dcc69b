import { createImporter } from '../ingest/index.ts';
import { customerSpec } from './customer.ts';

const importer = createImporter(customerSpec);

/** Customers of a source, up to 1,000; per-item results. Throws ValidationError for the call as a whole. */
export const importCustomers = importer.importBatch;
/** Validated customers inside an open batch (file imports). */
export const writeCustomers = importer.write;

export { type CustomerFact, optionalEmail, readCustomer } from './customer.ts';
export { type CustomerFilter, type CustomerRow, getCustomer, listCustomers } from './read.ts';
