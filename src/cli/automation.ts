import { automationCommand } from './automation-command.ts';
import { main } from './runtime.ts';

await main('automation', automationCommand);
