import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/*
 * Part of `npm pack`: the OpenFeature provider as JavaScript, because Node does not strip types below node_modules. The
 * provider and what it imports of ours keep their places, so that the evaluator is the very one of the server.
 */
const ROOT = resolve(import.meta.dirname, '..');
const ENTRY = join(ROOT, 'src', 'openfeature', 'provider.ts');
const IMPORT = /(from\s+|import\s*\(\s*)'(\.{1,2}\/[^']+)\.ts'/g;

/** Writes the provider below `target`; answers the files. */
export function buildOpenFeature(target = join(ROOT, 'dist')): string[] {
  rmSync(target, { recursive: true, force: true });
  const waiting = [ENTRY];
  const written: string[] = [];
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    const script = stripTypeScriptTypes(readFileSync(file, 'utf8'));
    const from = file;
    const out = join(target, relative(join(ROOT, 'src'), file).replace(/\.ts$/, '.js'));
    const code = script.replace(IMPORT, (_all, before: string, path: string) => {
      const imported = resolve(dirname(from), `${path}.ts`);
      const place = join(target, relative(join(ROOT, 'src'), imported).replace(/\.ts$/, '.js'));
      if (!written.includes(place) && !waiting.includes(imported)) waiting.push(imported);
      return `${before}'${path}.js'`;
    });
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, code);
    written.push(out);
  }
  writeFileSync(
    join(target, 'openfeature', 'provider.d.ts'),
    readFileSync(join(ROOT, 'src/openfeature/index.d.ts')),
  );
  return written;
}

if (import.meta.main) console.log(`built ${buildOpenFeature().length} files for OpenFeature`);
