import { enableCompileCache } from 'node:module';
import { ConfigError, readConfig } from './config.ts';
import { openInstance, StartError } from './platform/installation/instance.ts';

enableCompileCache();

/*
 * Process entry: environment → database → app → listen → signals. The program is loaded while the embedded database
 * starts on its own thread, because both take about two seconds.
 */
try {
  const config = readConfig();
  const [instance, { serve }] = await Promise.all([openInstance(config), import('./serve.ts')]);
  await serve(config, instance);
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
