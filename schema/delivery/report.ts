import {
  type AlertState,
  type DroneKpi,
  type DroneKpiKey,
  type DroneReport,
  droneReport,
} from '../../src/delivery/report/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import { DeliveryFiguresInterface } from './figures.ts';

const DroneKpiKeyEnum = builder.enumType('DroneKpiKey', {
  description: 'The six KPIs of the delivery wing.',
  values: {
    DETECTION_RATE: { description: 'Opportunities found per hour.' },
    ELITE_SHARE: { description: 'Elite opportunities of all, %.' },
    UPSELL_CONVERSION: { description: 'Accepted of offered, %.' },
    CROSS_BORDER_SUCCESS: { description: 'Delivered of the cross-border deliveries that ended, %.' },
    REVENUE_CAPTURED: { description: 'Money captured and not refunded; see `amounts`.' },
    CAPACITY_REMAINING: { description: 'Free slots of all hubs together, %, now.' },
  } satisfies Record<DroneKpiKey, { description: string }>,
});

const KpiAlertStateEnum = builder.enumType('KpiAlertState', {
  description: 'How a KPI stands.',
  values: {
    OK: { description: 'Within its target.' },
    OFF_TARGET: { description: 'Outside its target, not alarming.' },
    ALERT: { description: 'Alarming.' },
    SUPPRESSED: { description: 'Too little to judge by; see `reason`.' },
    INFORMATIONAL: { description: 'Has no target.' },
  } satisfies Record<AlertState, { description: string }>,
});

const KpiUnitEnum = builder.enumType('KpiUnit', {
  description: 'What a value counts.',
  values: {
    PER_HOUR: { description: 'Things an hour.' },
    PERCENT: { description: 'Per cent.' },
    MONEY: { description: 'Amounts, one per currency.' },
  } satisfies Record<DroneKpi['unit'], { description: string }>,
});

type ShownKpi = DroneKpi & { report: DroneReport };

const DroneKpiType = builder.objectRef<ShownKpi>('DroneKpi').implement({
  description: 'A KPI with its target and how it stands.',
  fields: (t) => ({
    key: t.field({ type: DroneKpiKeyEnum, description: 'Which one.', resolve: ({ key }) => key }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'In `unit`, two decimals; null for money and when nothing can be divided.',
    }),
    unit: t.field({ type: KpiUnitEnum, description: 'What the value counts.', resolve: ({ unit }) => unit }),
    amounts: t.field({
      type: [MoneyType],
      description: 'REVENUE_CAPTURED: one amount per currency; else empty.',
      resolve: ({ key, report }) => (key === 'REVENUE_CAPTURED' ? [...report.totalDroneRevenue] : []),
    }),
    target: t.exposeString('target', { description: 'What it should be, in words.' }),
    alertWhen: t.exposeString('alertWhen', { nullable: true, description: 'When it is alarming, in words.' }),
    alertState: t.field({
      type: KpiAlertStateEnum,
      description: 'How it stands.',
      resolve: ({ state }) => state,
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it is not judged, or which hubs are short of slots.',
    }),
    n: t.exposeInt('n', {
      description: 'Judged by so many orders, opportunities, offers, deliveries, captures or slots.',
    }),
  }),
});

const DroneReportType = builder.objectRef<DroneReport>('DroneReport').implement({
  description: 'The delivery wing over a window.',
  interfaces: [DeliveryFiguresInterface],
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Start of the window.', resolve: ({ from }) => from }),
    to: t.field({ type: 'DateTime', description: 'Its end, not in it.', resolve: ({ to }) => to }),
    kpis: t.field({
      type: [DroneKpiType],
      description: 'The six KPIs.',
      resolve: (report) => report.kpis.map((kpi) => ({ ...kpi, report })),
    }),
    eligibleOrders: t.exposeInt('eligibleOrders', {
      description:
        'Orders of the window that could be delivered: places, weight, not hazardous, not cancelled.',
    }),
    detectedPerThousandOrders: t.exposeFloat('detectedPerThousandOrders', {
      nullable: true,
      description: 'Of 1,000 eligible orders, how many are opportunities; null below 20 orders.',
    }),
  }),
});

builder.queryField('droneReport', (t) =>
  t.field({
    type: DroneReportType,
    description: 'KPIs with targets and alerts, and what was detected, offered, sent and earned in a window.',
    args: {
      from: t.arg({
        type: 'DateTime',
        description: 'Default: 24 hours before `to`. At most 92 days before.',
      }),
      to: t.arg({ type: 'DateTime', description: 'Default: now.' }),
    },
    resolve: (_root, args, { scope }) => droneReport(scope, args),
  }),
);
