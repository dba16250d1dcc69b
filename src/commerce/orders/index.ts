import { createImporter } from '../ingest/index.ts';
import { orderSpec } from './order.ts';
import { queueOrders } from './pending.ts';

const importer = createImporter(orderSpec, queueOrders);

/** Orders of a source, up to 1,000; per-item results. Throws ValidationError for the call as a whole. */
export const importOrders = importer.importBatch;
/** Validated orders inside an open batch (file imports). */
export const writeOrders = importer.write;

export { ITEM_KINDS, type ItemKind, type OrderItem } from '../ingest/index.ts';
export { type OrderFact, readOrder } from './order.ts';
export { countPending, takePendingOrders } from './pending.ts';
export { getOrder, listOrders, type OrderFilter, type OrderRow } from './read.ts';
export { ORDER_STATUSES, type OrderStatus, type PendingOrder } from './types.ts';
