import { idempotently } from '../../control/access/index.ts';
import {
  type AlertLevel,
  fingerprintOf,
  type NewAlert,
  raiseAlerts,
} from '../../control/alert-intake/index.ts';
import { NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { checkText, madeWhole } from '../../kernel/text.ts';
import type { Scope } from '../../platform/scope.ts';
import { ALERT_COLUMNS, type Alert } from './alert.ts';
import { flushDue } from './flush.ts';
import { lockRouter, takeIntake } from './intake.ts';
import { notificationsOf } from './read.ts';
import { type ChannelResult, routingNow } from './routing.ts';

export interface AlertRequest {
  level: AlertLevel;
  message: string;
  title?: string | null | undefined;
  component?: string | null | undefined;
  type?: string | null | undefined;
  labels?: Readonly<Record<string, string>> | null | undefined;
  dedupeKey?: string | null | undefined;
  /** The same key within 24 h raises nothing a second time. */
  idempotencyKey?: string | null | undefined;
}

export interface SentAlert {
  readonly alert: Alert;
  /** One per channel that it is meant for. */
  readonly results: readonly ChannelResult[];
  /** When it is told, unless it has been or is not. */
  readonly tellAt: Date | null;
}

const DEFAULT_TYPE = 'MANUAL';
const DEFAULT_COMPONENT = 'general';
const MAX_MESSAGE = 4_000;
const MAX_TITLE = 200;
const MAX_LABELS = 30;
const MAX_NAME = 100;

/**
 * The document's `send_alert(level, message)` (S3): raises an alert and routes it at once; the loop sends what was
 * queued. Missing channels are results, never errors. Throws ValidationError.
 */
export async function sendAlert(scope: Scope, request: AlertRequest): Promise<SentAlert> {
  const alert = checked(request);
  const work = async (): Promise<string> => {
    // On its own, because raising locks the loop's list, which comes after everything that routing locks.
    await scope.db.tx((tx) => raiseAlerts(scope, tx, [alert]));
    return routeNow(scope, fingerprintOf(scope.tenantId, alert), alert.component);
  };
  const { idempotencyKey, ...rest } = request;
  return idempotently(scope, idempotencyKey, ['sendAlert', rest], work, (id) => sentAlert(scope, id));
}

/** Takes this alert out of the inbox and routes its group; the rest of the inbox is the loop's. Returns its id. */
function routeNow(scope: Scope, fingerprint: string, component: string): Promise<string> {
  return scope.db.tx(async (tx) => {
    await lockRouter(tx, scope.tenantId);
    while ((await takeIntake(scope, tx, { fingerprint })) > 0);
    await flushDue(scope, tx, component);
    // The last one, because somebody may have resolved it already.
    const row = await tx.row<{ id: string }>(
      `SELECT id FROM alert WHERE tenant_id = $1 AND fingerprint = $2 ORDER BY status, last_at DESC LIMIT 1`,
      [scope.tenantId, fingerprint],
      'alert_of_fingerprint',
    );
    return (row as { id: string }).id;
  });
}

function sentAlert(scope: Scope, id: string): Promise<SentAlert> {
  return scope.db.tx(async (tx) => {
    const alert = await tx.row<Alert>(
      `SELECT ${ALERT_COLUMNS} FROM alert a WHERE a.tenant_id = $1 AND a.id = $2`,
      [scope.tenantId, id],
      'alert_by_id',
    );
    if (!alert) throw new NotFoundError('alert', id);
    const told = (await notificationsOf(tx, scope.tenantId, [id])).get(id) ?? [];
    const { results, tellAt } = await routingNow(scope, tx, alert, told);
    return { alert, results, tellAt };
  });
}

/** An alert must not be lost for half an emoji. */
function whole(request: AlertRequest): AlertRequest {
  const text = <T extends string | null | undefined>(given: T) => (given == null ? given : madeWhole(given));
  const labels = Object.entries(request.labels ?? {}).map((label) => label.map(madeWhole));
  return {
    ...{ ...request, message: madeWhole(request.message), labels: Object.fromEntries(labels) },
    ...{ title: text(request.title), type: text(request.type), component: text(request.component) },
    dedupeKey: text(request.dedupeKey),
  };
}

function checked(given: AlertRequest): NewAlert {
  const request = whole(given);
  const message = checkText(request.message.trim(), 'message', MAX_MESSAGE, 1);
  checkText(request.title ?? '', 'title', MAX_TITLE);
  const labels = checkedLabels(request.labels ?? {});
  return {
    ...{ level: request.level, message, labels },
    // One line, as everywhere a headline is shown.
    title: request.title?.trim().replace(/\s+/g, ' ') || undefined,
    // Different things by hand are different alerts: without a type, the text tells them apart.
    type: name('type', request.type, DEFAULT_TYPE),
    component: name('component', request.component, DEFAULT_COMPONENT),
    dedupeKey: dedupeKeyOf(request, message),
  };
}

function checkedLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Object.keys(labels).length > MAX_LABELS) {
    throw new ValidationError('labels', `At most ${MAX_LABELS} labels.`);
  }
  for (const [name, value] of Object.entries(labels)) {
    if (name.length > MAX_NAME || value.length > MAX_TITLE) {
      const says = `Label names have up to ${MAX_NAME}, values ${MAX_TITLE} characters.`;
      throw new ValidationError('labels', says);
    }
  }
  return labels;
}

function name(field: string, text: string | null | undefined, otherwise: string): string {
  return checkText(text?.trim() || otherwise, field, MAX_NAME);
}

function dedupeKeyOf({ dedupeKey, type, component }: AlertRequest, message: string): string | undefined {
  if (dedupeKey != null) return checkText(dedupeKey, 'dedupeKey', MAX_TITLE, 1);
  return type?.trim() ? undefined : `manual:${component?.trim() || DEFAULT_COMPONENT}:${message}`;
}
