import { channelEnvironment } from './channel-config.ts';
import type { Config } from './config.ts';

/**
 * What the environment says about the product, however it is started: a command line that runs due jobs must keep,
 * charge and tell as the server does.
 */
export const environmentOptions = (config: Config) => ({
  redisUrl: config.REDIS_URL,
  isAlone: config.isEmbedded,
  retention: {
    eventHours: config.EVENT_RETENTION_HOURS,
    decisionDays: config.DECISION_RETENTION_DAYS,
    incidentDays: config.INCIDENT_RETENTION_DAYS,
    reportDays: config.REPORT_RETENTION_DAYS,
  },
  catchUpMinutes: config.CHECK_INTERVAL_MINUTES,
  healthTimeoutSec: config.HEALTH_CHECK_TIMEOUT_SECONDS,
  jobsDisabled: config.jobsDisabled,
  healthCheckHours: config.HEALTH_CHECK_INTERVAL_HOURS,
  publicUrl: config.publicUrl,
  payments: { stripeApiBase: config.STRIPE_API_BASE, razorpayApiBase: config.RAZORPAY_API_BASE },
  channels: channelEnvironment(config),
  allowPrivateAddresses: config.allowPrivateAddresses,
  keyIntervals: config.keyIntervals,
});
