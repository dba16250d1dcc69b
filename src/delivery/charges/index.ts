export {
  CHARGE_STATUSES,
  type Charge,
  type ChargeEntry,
  type ChargeStatus,
  ENTRY_KINDS,
  ENTRY_SOURCES,
} from './charge.ts';
