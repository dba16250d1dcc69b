export { COST_NAMESPACE, type KvEntry, MAX_VALUE_BYTES } from './entry.ts';
export { deleteKv, type PutKv, putKv } from './put-kv.ts';
export { getKv, getKvMany, type KvFilter, listKv, pruneKv, readKv } from './store.ts';
