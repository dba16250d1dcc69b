export { countPending, takePendingOrders } from './pending.ts';
export type { ItemKind, OrderItem, OrderStatus, PendingOrder } from './types.ts';
export { ITEM_KINDS, ORDER_STATUSES } from './types.ts';
