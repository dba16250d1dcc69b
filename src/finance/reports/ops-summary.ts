import { plainJson } from '../../kernel/canonical.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { queueReport } from '../../reliability/channels/index.ts';
import type { SummaryFacts } from './facts.ts';
import { gatherSummary } from './gather.ts';
import { summaryLines } from './lines.ts';

/** A report that was made. */
export interface Report {
  readonly id: string;
  readonly kind: string;
  readonly reportKey: string;
  readonly at: Date;
  readonly title: string;
  readonly lines: readonly string[];
}

const KIND = 'OPS_SUMMARY';

/** What the ops summary of now would say; nothing is recorded or sent. */
export async function previewSummary(
  scope: Scope,
): Promise<{ title: string; lines: string[]; facts: SummaryFacts }> {
  const facts = await gatherSummary(scope);
  return { title: `${scope.tenant.name}: ${facts.day}`, lines: summaryLines(facts), facts };
}

/**
 * Makes and sends the day's ops summary (spec n.4): job ops-summary at 09:00 London. One per London day, however often it
 * is asked for: the report and what is to be sent commit together. Returns false when the day has its report.
 */
export async function sendOpsSummary(scope: Scope): Promise<boolean> {
  const { title, lines, facts } = await previewSummary(scope);
  return scope.db.tx(async (tx) => {
    const id = uuidv7(scope.now.getTime());
    const added = await tx.run(
      `INSERT INTO report (tenant_id, id, kind, report_key, at, title, lines) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant_id, kind, report_key) DO NOTHING`,
      [scope.tenantId, id, KIND, facts.day, scope.now, title, JSON.stringify(lines)],
    );
    if (added === 0) return false;
    const payload = { reportId: id, kind: KIND, reportKey: facts.day, title };
    await scope.events.append(tx, scope.tenantId, [{ type: 'REPORT_MADE', payload }]);
    await queueReport(scope, tx, {
      kind: KIND,
      reportKey: facts.day,
      title,
      lines,
      facts: plainJson<Record<string, unknown>>(facts),
    });
    return true;
  });
}

/** Reports, newest first. */
export async function listReports(scope: Scope, args: PageArgs): Promise<Connection<Report>> {
  const page = newestFirst(args);
  const rows = await scope.db.rows<Report>(
    `SELECT id, kind, report_key AS "reportKey", at, title, lines FROM report
     WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (at, id) ${page.edge} ($2, $3::uuid))
     ORDER BY at ${page.way}, id ${page.way} LIMIT $4`,
    [scope.tenantId, page.at, page.id, page.size + 1],
  );
  return toConnection(rows, page, (row) => [row.at, row.id]);
}
