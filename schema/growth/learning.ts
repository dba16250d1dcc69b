import { getSettings } from '../../src/control/tenancy/index.ts';
import {
  isHighScore,
  type LearnedPattern,
  listPatterns,
  type SELECTION_MODES,
  type Strategy,
  selectionScore,
  strategyOf,
} from '../../src/growth/learning/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

const SelectionModeEnum = builder.enumType('SelectionMode', {
  description: 'How patterns are chosen (spec d.2).',
  values: {
    EXPLORE: { description: 'Those tried less get a bonus: 0.5·√(ln(1+N)/(1+n)).' },
    GREEDY: { description: 'The weight as it is.' },
  } satisfies Record<(typeof SELECTION_MODES)[number], { description: string }>,
});

const PatternType = builder.objectRef<LearnedPattern>('LearnedPattern').implement({
  description: 'How well one kind of action does: a moving average of its outcomes (spec d.2).',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'actionType|target|channel.' }),
    weight: t.exposeFloat('weight', {
      description: '0–1; 0.5 until there is an outcome, each moves it by a tenth.',
    }),
    n: t.exposeInt('n', { description: 'Outcomes it rests on.' }),
    isHighScore: t.boolean({
      description: 'Weight above 0.8 with 9 outcomes or more.',
      resolve: isHighScore,
    }),
    selectionScore: t.float({
      description: 'What it is chosen by.',
      args: {
        mode: t.arg({ type: SelectionModeEnum, defaultValue: 'EXPLORE', description: 'Whether exploring.' }),
      },
      resolve: (pattern, { mode }) => selectionScore(pattern, pattern.total, mode ?? 'EXPLORE'),
    }),
    lastAt: t.field({ type: 'DateTime', description: 'Newest outcome.', resolve: (p) => p.lastAt }),
  }),
});

const PatternFilterInput = builder.inputType('LearnedPatternFilter', {
  description: 'Which patterns; every given condition must hold.',
  fields: (t) => ({
    actionType: t.string({ description: 'Of this action type.' }),
    isHighScore: t.boolean({ description: 'Weight above 0.8 with 9 outcomes or more, or not.' }),
  }),
});

const StrategyType = builder.objectRef<Strategy>('StrategyState').implement({
  description:
    'What is in force for an action type: the engine settings as learning has moved them (spec d.3).',
  fields: (t) => ({
    aggressiveness: t.exposeInt('aggressiveness', { description: '−2 to 2; 0 is what the settings say.' }),
    rarityThreshold: t.exposeFloat('rarityThreshold', {
      description: 'Score from which a package is worth an offer, 90–99.5: half a point less per level.',
    }),
    offersPerDay: t.exposeInt('offersPerDay', { description: 'Daily cap: 10 % more per level.' }),
    price: t.field({
      type: MoneyType,
      description: 'The price in force outside experiments.',
      resolve: (s) => s.price,
    }),
    isPriceLearned: t.exposeBoolean('isPriceLearned', {
      description: 'True: learned. It holds until an operator sets another bundle price.',
    }),
  }),
});

builder.queryFields((t) => ({
  learnedPatterns: t.connection(
    {
      type: PatternType,
      description: 'What was learned about kinds of action, the best first.',
      args: { filter: t.arg({ type: PatternFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listPatterns(scope, page, filter ?? {}),
    },
    { name: 'LearnedPatternConnection', description: 'A page of patterns.' },
    { name: 'LearnedPatternEdge', description: 'One pattern of a page.' },
  ),
  strategyState: t.field({
    type: StrategyType,
    description: 'What is in force for an action type.',
    args: {
      actionType: t.arg.string({ defaultValue: 'rare_drone_drop_bundle', description: 'Which action type.' }),
    },
    resolve: async (_root, { actionType }, { scope }) => {
      const settings = await getSettings(scope.db, scope.tenantId);
      return strategyOf(scope.db, scope.tenantId, actionType ?? 'rare_drone_drop_bundle', settings);
    },
  }),
}));
