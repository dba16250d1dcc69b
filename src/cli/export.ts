import { exportCommand } from './export-command.ts';
import { main } from './runtime.ts';

await main('export', exportCommand);
