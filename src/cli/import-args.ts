import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Assumption, FILE_FORMATS, FILE_KINDS, type FileOptions } from '../commerce/imports/index.ts';
import { isCountry } from '../commerce/ingest/index.ts';
import { UsageError } from './io.ts';

export const IMPORT_USAGE = `Usage: npm run import -- --tenant SLUG --format csv|ndjson|online-retail [options] FILE[.gz]

  --kind orders|customers|carts|payments   what the file holds (csv, ndjson); default orders
  --source NAME            names the facts together with their ids; default "file" or "online-retail"
  --map COLUMN=FIELD       csv: what a column becomes; may be given several times
  --set FIELD=VALUE        csv, ndjson: value of every row that has none, e.g. --set currency=EUR
  --assume LAT,LON,CC      online-retail: where goods start, with weights and the buyer's capital as target
  --dry-run                check everything, write nothing
  --again                  import a file once more that was imported to its end
  --help                   this text

Refused lines go to <FILE>.rejects.ndjson in this folder. After an interruption the same command goes on
where it stopped. Exit codes: 0 imported, 1 stopped half-way, 2 wrong command line. More: docs/import.md
`;

const fail = (message: string): never => {
  throw new UsageError(`${message}\n\n${IMPORT_USAGE}`);
};

/** What `npm run import` was asked to do. */
export interface ImportJob {
  tenant: string;
  options: FileOptions;
}

/** The command line as options of importFile, paths relative to `cwd`. Throws UsageError. */
export function parseImport(args: string[], cwd: string): ImportJob {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      format: { type: 'string' },
      kind: { type: 'string' },
      source: { type: 'string' },
      map: { type: 'string', multiple: true },
      set: { type: 'string', multiple: true },
      assume: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
    },
  });
  const [file, ...more] = positionals;
  if (!values.tenant) return fail('--tenant is missing.');
  if (file === undefined || more.length > 0) return fail('Name exactly one FILE.');
  const isDryRun = values['dry-run'];
  return {
    tenant: values.tenant,
    options: {
      path: resolve(cwd, file),
      format: oneOf('format', values.format, FILE_FORMATS),
      ...(values.kind !== undefined && { kind: oneOf('kind', values.kind, FILE_KINDS) }),
      ...(values.source !== undefined && { source: values.source }),
      ...(values.map && { map: pairs('map', values.map) }),
      ...(values.set && { set: pairs('set', values.set) }),
      ...(values.assume !== undefined && { assume: assumption(values.assume) }),
      isDryRun,
      again: values.again,
      // A trial must not touch the rejects of an import that is yet to be resumed.
      rejectsPath: resolve(cwd, `${basename(file)}${isDryRun ? '.dry-run' : ''}.rejects.ndjson`),
    },
  };
}

function oneOf<T extends string>(name: string, value: string | undefined, values: readonly T[]): T {
  return values.find((candidate) => candidate === value) ?? fail(`--${name} is one of ${values.join(', ')}.`);
}

function pairs(name: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1 || at === pair.length - 1) return fail(`--${name} "${pair}" must look like left=right.`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

function assumption(text: string): Assumption {
  const [lat, lon, country, ...rest] = text.split(',').map((part) => part.trim());
  const place = { lat: Number(lat || Number.NaN), lon: Number(lon || Number.NaN) };
  const isPlace =
    Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180 && (place.lat !== 0 || place.lon !== 0);
  if (!isPlace || rest.length > 0 || !country || !isCountry(country.toUpperCase())) {
    return fail(
      '--assume is LAT,LON,CC, e.g. 51.5074,-0.1278,GB (south of the equator: --assume=-33.9,18.4,ZA).',
    );
  }
  return { ...place, country: country.toUpperCase() };
}
