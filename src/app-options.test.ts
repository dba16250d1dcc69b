import { expect, test } from 'vitest';
import { environmentOptions } from './app-options.ts';
import { readConfig } from './config.ts';

test('how long things are kept is read from the environment, whatever is started', () => {
  expect(environmentOptions(readConfig({})).retention).toEqual({
    ...{ eventHours: 24, decisionDays: 400, incidentDays: 400, reportDays: 400 },
  });
  const days = {
    DECISION_RETENTION_DAYS: '30',
    INCIDENT_RETENTION_DAYS: '90',
    REPORT_RETENTION_DAYS: '3650',
  };
  expect(environmentOptions(readConfig({ EVENT_RETENTION_HOURS: '48', ...days })).retention).toEqual({
    ...{ eventHours: 48, decisionDays: 30, incidentDays: 90, reportDays: 3650 },
  });
  expect(() => readConfig({ DECISION_RETENTION_DAYS: '29' })).toThrow(
    'DECISION_RETENTION_DAYS must be at least 30',
  );
});
