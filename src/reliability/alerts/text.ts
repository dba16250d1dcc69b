import type { Message } from '../channels/index.ts';
import { type Alert, rankOf } from './alert.ts';
import type { Tell } from './decide.ts';

/** One alert in a message, and why it is in it. */
export interface Line {
  readonly alert: Alert;
  readonly tell: Tell;
}

/** Lines of one message; the rest is counted. */
const MAX_LINES = 10;
const MAX_LINE = 500;
const MAX_FACTS = 50;

/**
 * What a group is told: `[CRITICAL] message (count 100)` for one alert (spec n.1; channels put the level in front of the
 * title), a line each for several, the worst first. Pure.
 */
export function messageOf(component: string, lines: readonly Line[]): Message {
  const sorted = lines.toSorted(worstFirst);
  const firing = sorted.filter(({ tell }) => tell !== 'RESOLVED');
  const level = firing[0]?.alert.level ?? null;
  const over = level ? '' : '[RESOLVED] ';
  const [only] = sorted;
  const facts = factsOf(component, sorted);
  if (sorted.length === 1 && only) {
    const text = sentenceOf(only);
    const { title } = only.alert;
    return { title: `${over}${title ?? text}`, text: title ? text : `${over}${text}`, level, facts };
  }
  const title = `${over}${component}: ${headline(firing.length, sorted.length - firing.length)}`;
  const shown = sorted.slice(0, MAX_LINES).map((line) => shortened(`${tagOf(line)} ${sentenceOf(line)}`));
  const hidden = sorted.length - shown.length;
  return {
    title,
    text: [...shown, ...(hidden > 0 ? [`… and ${hidden} more`] : [])].join('\n'),
    level,
    facts,
  };
}

/** A message in one text, as it is kept of one that is not sent. Pure. */
export function wholeOf({ level, title, text }: Message): string {
  const head = level ? `[${level.toUpperCase()}] ${title}` : title;
  return text === title ? head : `${head}\n${text}`;
}

const tagOf = ({ alert, tell }: Line): string =>
  tell === 'RESOLVED' ? '[RESOLVED]' : `[${alert.level.toUpperCase()}]`;

function headline(firing: number, resolved: number): string {
  const parts = [];
  if (firing > 0) parts.push(`${firing} alert${firing === 1 ? '' : 's'}`);
  if (resolved > 0) parts.push(`${resolved} resolved`);
  return parts.join(', ');
}

function sentenceOf({ alert, tell }: Line): string {
  const { message, count, firstAt } = alert;
  const times = count > 1n ? ` (count ${count})` : '';
  const since = tell === 'REPEAT' ? `, firing since ${firstAt.toISOString()}` : '';
  const plea = tell === 'ESCALATION' ? ', not acknowledged' : '';
  return `${message}${times}${since}${plea}`;
}

const shortened = (text: string): string =>
  text.length > MAX_LINE ? `${text.slice(0, MAX_LINE - 1)}…` : text;

function worstFirst(a: Line, b: Line): number {
  const ended = Number(a.tell === 'RESOLVED') - Number(b.tell === 'RESOLVED');
  if (ended !== 0) return ended;
  const worse = rankOf(b.alert.level) - rankOf(a.alert.level);
  return worse !== 0 ? worse : Number(b.alert.count - a.alert.count);
}

function factsOf(component: string, lines: readonly Line[]): Record<string, unknown> {
  const alerts = lines.slice(0, MAX_FACTS).map(({ alert, tell }) => ({
    ...{ id: alert.id, fingerprint: alert.fingerprint, level: alert.level, type: alert.type, tell },
    ...{ title: alert.title, message: alert.message, labels: alert.labels, status: alert.status },
    ...{
      count: String(alert.count),
      firstAt: alert.firstAt.toISOString(),
      lastAt: alert.lastAt.toISOString(),
    },
    incidentId: alert.incidentId,
  }));
  return { component, total: lines.length, alerts };
}
