export { type AuditFilter, listAudit } from './read.ts';
export { type AuditFact, writeAudit, writeAudits } from './write-audit.ts';
