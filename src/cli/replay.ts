import { replayCommand } from './replay-command.ts';
import { main } from './runtime.ts';

await main('replay', replayCommand);
