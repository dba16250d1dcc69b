import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * Makes the package that other programs install, as a folder of its own: the provider as JavaScript, because Node does not
 * strip types below node_modules, and nothing of the engine's dependencies. The provider and what it imports of ours keep
 * their places, so that the evaluator is the very one of the server.
 *
 * `npm pack` at the root has written a tarball with the engine's manifest by the time `postpack` runs (`--pack`): the
 * package takes its place there. The manifest of the repository is never touched, so nothing needs to be put back.
 */
const ROOT = resolve(import.meta.dirname, '..');
const ENTRY = join(ROOT, 'src', 'openfeature', 'provider.ts');
const IMPORT = /(from\s+|import\s*\(\s*)'([^']+)'/g;
/** Small enough to come along, so that an application gets no further dependencies. */
const VENDORED = new Map([['murmurhash', 'murmurhash.js']]);

type Manifest = Record<string, string> & { dependencies: Record<string, string> };
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** Writes the package to `target`, which is emptied first; answers its modules. */
function build(target: string): string[] {
  rmSync(target, { recursive: true, force: true });
  const waiting = [ENTRY];
  const written: string[] = [];
  const peers = new Set<string>();
  const placeOf = (file: string) => join(target, relative(join(ROOT, 'src'), file).replace(/\.ts$/, '.js'));
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    const from = file;
    const script = stripTypeScriptTypes(readFileSync(from, 'utf8'));
    const code = script.replace(IMPORT, (all, before: string, name: string) => {
      const vendored = VENDORED.get(name);
      if (vendored) {
        const place = vendor(target, name, vendored);
        return `${before}'${relative(dirname(placeOf(from)), place).replace(/^(?!\.)/, './')}'`;
      }
      if (!name.startsWith('.')) {
        if (!name.startsWith('node:')) peers.add(name);
        return all;
      }
      const imported = resolve(dirname(from), name);
      if (!written.includes(placeOf(imported)) && !waiting.includes(imported)) waiting.push(imported);
      return `${before}'${name.replace(/\.ts$/, '.js')}'`;
    });
    mkdirSync(dirname(placeOf(from)), { recursive: true });
    writeFileSync(placeOf(from), code);
    written.push(placeOf(from));
  }
  copyFileSync(join(ROOT, 'src/openfeature/index.d.ts'), join(target, 'openfeature', 'provider.d.ts'));
  copyFileSync(join(ROOT, 'src/openfeature/README.md'), join(target, 'README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(target, 'LICENSE'));
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifestOf([...peers]), null, 2)}\n`);
  return written;
}

/** Copies a module of CommonJS, under a name that says so inside an ESM package. */
function vendor(target: string, name: string, file: string): string {
  const place = join(target, 'vendor', `${name}.cjs`);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(join(ROOT, 'node_modules', name, file), place);
  return place;
}

/** What the application brings along are peers: a second OpenFeature SDK would be a second registry of providers. */
function manifestOf(peers: readonly string[]): object {
  const { name, version, license, dependencies } = manifest;
  return {
    ...{ name, version, description: 'OpenFeature server provider of the revenue engine', license },
    type: 'module',
    engines: { node: '>=22' },
    exports: {
      './openfeature': { types: './openfeature/provider.d.ts', default: './openfeature/provider.js' },
    },
    peerDependencies: Object.fromEntries(peers.map((peer) => [peer, dependencies[peer]])),
  };
}

/** Puts the package's tarball into the folder that `npm pack` writes to. */
function pack(target: string): void {
  const folder = process.env.npm_config_pack_destination || ROOT;
  const options = ['--ignore-scripts', '--silent', '--pack-destination', folder];
  execFileSync('npm', ['pack', target, ...options], { cwd: ROOT, stdio: 'ignore' });
}

const { values, positionals } = parseArgs({ options: { pack: { type: 'boolean' } }, allowPositionals: true });
const target = resolve(positionals[0] ?? join(ROOT, 'dist'));
if (values.pack) pack(target);
else console.error(`built ${build(target).length} files for OpenFeature`);
