import { automationCommand } from './automation-command.ts';
import { exportCommand } from './export-command.ts';
import { importCommand } from './import-command.ts';
import { replayCommand } from './replay-command.ts';
import type { Command } from './runtime.ts';

/** Command lines that a running engine can do for another process of the same user. */
export const COMMANDS: Record<string, Command> = {
  automation: automationCommand,
  export: exportCommand,
  import: importCommand,
  replay: replayCommand,
};
