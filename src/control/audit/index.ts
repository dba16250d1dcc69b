export { type AuditFilter, listAudit } from './read.ts';
export { type AuditFact, writeAudit } from './write-audit.ts';
