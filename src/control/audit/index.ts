export { type AuditFact, writeAudit } from './write-audit.ts';
