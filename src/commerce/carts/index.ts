import { createImporter } from '../ingest/index.ts';
import { cartSpec } from './cart.ts';

const importer = createImporter(cartSpec);

/** Carts of a source, up to 1,000; per-item results. Throws ValidationError for the call as a whole. */
export const importCarts = importer.importBatch;
/** Validated carts inside an open batch (file imports). */
export const writeCarts = importer.write;

export { CART_STATUSES, type CartFact, type CartStatus, readCart } from './cart.ts';
export { type CartFilter, type CartRow, getCart, listCarts } from './read.ts';
