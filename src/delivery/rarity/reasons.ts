import type { Reason } from '../../kernel/reason.ts';

const reason = (code: string, text: string): Reason => Object.freeze({ code, text });

/** Everything the scorer can say. Constants, because a batch scores hundreds of thousands of packages. */
export const REASONS = {
  coldStart: reason('COLD_START', 'No orders in the last 180 days yet: every item counts as unseen.'),
  uncalibrated: reason(
    'COLD_START',
    'Fewer than 50 scored packages: the score is uncalibrated, at most 94.99.',
  ),
  unseenItems: reason('UNSEEN_ITEMS', 'The two rarest items appear in no order of the last 180 days.'),
  unseenItem: reason('UNSEEN_ITEMS', 'The rarest item appears in no order of the last 180 days.'),
  rareItems: reason('RARE_ITEMS', 'The rarest items appear in few orders of the last 180 days.'),
  commonItems: reason('COMMON_ITEMS', 'Even the rarest items appear in many orders of the last 180 days.'),
  richSet: reason('RICH_SET', 'Five or more different items from three or more categories.'),
  topValue: reason('TOP_VALUE', 'The value is among the top 5 % in its currency.'),
  noValue: reason('NO_VALUE', 'No estimated value: it counts as average.'),
  fewValues: reason(
    'FEW_VALUES',
    'Fewer than 20 values in this currency to compare with: it counts as average.',
  ),
  neverSeenSet: reason('NEVER_SEEN_SET', 'These items have never been ordered together.'),
  recentSet: reason('RECENT_SET', 'These items were first ordered together less than 30 days ago.'),
  knownSet: reason('KNOWN_SET', 'These items were first ordered together 30 days ago or earlier.'),
} as const;
