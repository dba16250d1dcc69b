/** What `exportJsonl` can give out (C39): the seed's five files, and the audit trail. */
export const EXPORT_STREAMS = [
  'kpi_history',
  'detected_issues',
  'income_actions',
  'decision_outcomes',
  'learned_strategies',
  'audit',
] as const;
export type ExportStream = (typeof EXPORT_STREAMS)[number];

/** Types of the columns that a cursor holds. */
export type KeyType = 'uuid' | 'timestamptz' | 'text';

/** One stream: rows of `from` (where $1 is the tenant) with `line` as their JSON object, in the order of `key`. */
interface StreamSource {
  /** Columns that order the rows and never repeat, with their types; a cursor is their values. */
  readonly key: readonly (readonly [column: string, type: KeyType])[];
  /** Fields of a line in order: name → SQL. Names are those of the seed and stay as they are. */
  readonly fields: Readonly<Record<string, string>>;
  readonly from: string;
}

const unix = (column: string): string => `extract(epoch FROM ${column})::bigint`;
const decimal = (column: string): string => `trim_scale(${column})`;

/** Amounts are whole minor units of `currency`; the seed calls them paise. */
export const SOURCES: Readonly<Record<ExportStream, StreamSource>> = {
  kpi_history: {
    key: [['at', 'timestamptz']],
    fields: {
      timestamp: unix('at'),
      revenue_paise_24h: 'revenue_minor',
      growth: decimal('revenue_growth_pct'),
      currency: 'reporting_currency',
      active_orders: 'active_orders',
      abandoned_orders: 'abandoned_orders',
      conversion_rate: decimal('conversion_rate_pct'),
      churn_rate: decimal('churn_rate_pct'),
      payment_success_rate: decimal('payment_success_rate_pct'),
      error_count: 'error_count',
      avg_order_value_paise: 'avg_order_value_minor',
    },
    from: 'kpi_snapshot WHERE tenant_id = $1',
  },
  detected_issues: {
    key: [['id', 'uuid']],
    fields: {
      timestamp: unix('first_seen_at'),
      issue_id: 'id',
      issue_type: 'type',
      dimension: `nullif(dimension, '')`,
      severity: 'severity',
      confidence: 'confidence',
      status: 'status',
      value: decimal('value'),
      peak_value: decimal('peak_value'),
      threshold: decimal('threshold'),
      occurrences: 'occurrences',
      message: 'message',
      last_seen: unix('last_seen_at'),
      resolved: unix('resolved_at'),
    },
    from: 'issue WHERE tenant_id = $1',
  },
  income_actions: {
    key: [['id', 'uuid']],
    fields: {
      timestamp: unix('f.created_at'),
      action_id: 'f.id',
      opportunity_id: 'f.opportunity_id',
      customer_id: 'f.customer_id',
      action_type: 'f.action_type',
      status: 'f.status',
      bundle_name: 'f.bundle_name',
      bundle_price_paise: 'f.bundle_price_minor',
      currency: 'f.currency',
      bundle_items: 'f.bundle_items',
      rarity_threshold: 'f.rarity_threshold',
      expected_revenue_impact_paise: 'f.expected_revenue_minor',
      execution_time: unix('f.expires_at'),
      is_auto_executable: 'f.is_auto_executable',
      delivery_id: `(SELECT d.id FROM delivery d WHERE d.tenant_id = f.tenant_id AND d.offer_id = f.id
        ORDER BY d.created_at DESC, d.id DESC LIMIT 1)`,
      experiment_id: 'f.experiment_id',
      arm: 'f.arm',
      propensity: 'f.propensity',
      closed: unix('f.closed_at'),
      closed_reason: 'f.closed_reason',
    },
    from: 'offer f WHERE f.tenant_id = $1',
  },
  decision_outcomes: {
    key: [
      ['recorded_at', 'timestamptz'],
      ['action_id', 'uuid'],
      ['kind', 'text'],
    ],
    fields: {
      timestamp: unix('occurred_at'),
      action_id: 'action_id',
      kind: 'kind',
      pattern: 'pattern_key',
      converted: 'is_converted',
      realized_revenue_paise: 'realized_minor',
      expected_revenue_paise: 'expected_minor',
      currency: 'currency',
      rating: 'rating',
      sentiment: 'sentiment',
      complaint: 'is_complaint',
      success_score: 'score',
      status: 'status',
      recorded: unix('recorded_at'),
    },
    from: 'outcome WHERE tenant_id = $1',
  },
  learned_strategies: {
    key: [
      ['kind', 'text'],
      ['key', 'text'],
    ],
    fields: {
      timestamp: unix('at'),
      kind: 'kind',
      key: 'key',
      weight: 'weight',
      samples: 'n',
      action_type: 'action_type',
      change: 'change',
      before: 'before',
      after: 'after',
      status: 'status',
    },
    from: `(SELECT 'change' AS kind, id::text AS key, created_at AS at, NULL::float8 AS weight, NULL::int AS n,
        action_type, kind AS change, "before", "after", status FROM strategy_change WHERE tenant_id = $1
      UNION ALL SELECT 'pattern', key, updated_at, weight, n, split_part(key, '|', 1), NULL, NULL, NULL, NULL
        FROM pattern_weight WHERE tenant_id = $1) AS learned WHERE true`,
  },
  audit: {
    key: [
      ['at', 'timestamptz'],
      ['id', 'uuid'],
    ],
    fields: {
      timestamp: unix('at'),
      at: 'at',
      audit_id: 'id',
      actor: 'actor',
      action: 'action',
      subject: 'subject',
      before: '"before"',
      after: '"after"',
      reason: 'reason',
      request_id: 'request_id',
    },
    from: 'audit_entry WHERE tenant_id = $1',
  },
};
