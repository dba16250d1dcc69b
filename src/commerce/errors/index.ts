import { createImporter } from '../ingest/index.ts';
import { errorEventSpec } from './error-event.ts';

const importer = createImporter(errorEventSpec);

/** Error reports of a source, up to 1,000; per-item results. Throws ValidationError for the call as a whole. */
export const importErrorEvents = importer.importBatch;
/** Validated error reports inside an open batch (file imports). */
export const writeErrorEvents = importer.write;

export { type ErrorEventFact, readErrorEvent } from './error-event.ts';
