import type { Phase } from './phase.ts';
import { deliveryDetect } from './phases/delivery-detect.ts';
import { deliveryFeedback } from './phases/delivery-feedback.ts';
import { deliveryUpsell } from './phases/delivery-upsell.ts';
import { detect } from './phases/detect.ts';
import { learn } from './phases/learn.ts';
import { monitor } from './phases/monitor.ts';
import { report } from './phases/report.ts';

/** The cycle, in order (spec 0.9). A later phase slots in by adding its file and its place here. */
export const PHASES: readonly Phase[] = [
  monitor,
  detect,
  deliveryDetect,
  deliveryUpsell,
  deliveryFeedback,
  learn,
  report,
];
