import type {
  BurnAlert,
  CheckVerdict,
  GoodWhen,
  Indicator,
  SliSource,
  SloStatus,
} from '../../src/reliability/slo/index.ts';
import { builder } from '../builder.ts';

type Words<T extends string> = Record<T, { description: string }>;

export const SliIndicatorEnum = builder.enumType('SliIndicator', {
  description: 'What an objective measures.',
  values: {
    LATENCY: { description: 'Events that were quick enough.' },
    ERROR_RATE: { description: 'Events that did not fail by our fault.' },
    AVAILABILITY: { description: 'Events that were answered at all.' },
  } satisfies Words<Indicator>,
});

export const SliSourceEnum = builder.enumType('SliSource', {
  description: 'Where the events come from.',
  values: {
    REQUESTS: {
      description:
        'Answers of this API to the tenant; a caller’s bad input is a good answer. The durations of executeCycle, runJobNow and testChannel, which wait on purpose, do not count.',
    },
    PHASES: { description: 'Phases of the tenant’s cycles.' },
    METRIC: { description: 'Samples of an ingested metric.' },
  } satisfies Words<SliSource>,
});

export const GoodWhenEnum = builder.enumType('GoodWhen', {
  description: 'On which side of its threshold a sample is good; on it, it is bad.',
  values: {
    BELOW: { description: 'Less than the threshold.' },
    ABOVE: { description: 'More than the threshold.' },
  } satisfies Words<GoodWhen>,
});

export const SloStatusEnum = builder.enumType('SloStatus', {
  description: 'Where the five-minute checks have got to.',
  values: {
    OK: { description: 'The last check was clean.' },
    FAILING: { description: 'One check has failed.' },
    BREACHED: { description: 'Two checks in a row have failed (10 minutes), and none was clean since.' },
  } satisfies Words<SloStatus>,
});

export const BurnAlertEnum = builder.enumType('BurnAlert', {
  description: 'How fast the error budget burns.',
  values: {
    NONE: { description: 'Slowly enough.' },
    TICKET: { description: 'Over 3× (1 d and 2 h) or 1× (3 d and 6 h).' },
    PAGE: { description: 'Over 14.4× (1 h and 5 min) or 6× (6 h and 30 min).' },
  } satisfies Words<BurnAlert>,
});

export const SloVerdictEnum = builder.enumType('SloVerdict', {
  description: 'What the last five minutes say.',
  values: {
    CLEAN: { description: 'The objective is kept.' },
    FAILING: { description: 'It is not.' },
    LOW_TRAFFIC: { description: 'It is not, but on fewer than 100 events with fewer than 10 bad ones.' },
  } satisfies Words<CheckVerdict>,
});
