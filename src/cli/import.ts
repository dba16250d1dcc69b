import { IMPORT_USAGE } from './import-args.ts';
import { importCommand } from './import-command.ts';
import { main } from './runtime.ts';

// Asked for help, it opens no database.
if (process.argv.includes('--help')) process.stdout.write(IMPORT_USAGE);
else await main('import', importCommand);
