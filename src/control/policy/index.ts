export {
  ACTION_CLASSES,
  type ActionClass,
  type Cap,
  type GateAnswer,
  type GateQuestion,
  gate,
  MODES,
  type Mode,
  VERDICTS,
} from './gate.ts';
