import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, createAsset, sendAsset } from './encoding.ts';
import { graphiqlPage, OWN_STYLE, START } from './graphiql-page.ts';
import type { GraphiqlOptions } from './types.ts';
import { PATH } from './yoga.ts';

const FOLDER = '/graphiql/';

/** What comes with the page: nobody may frame it, and nothing but our own scripts runs in it. */
const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "script-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
/** The address holds the hash of the content. */
const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' };

interface Site {
  page: Asset;
  assets: ReadonlyMap<string, Asset>;
}

/** Answers what belongs to GraphiQL, its page for browsers included; false for everything else. */
export type Graphiql = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export function createGraphiql(options: false | GraphiqlOptions): Graphiql {
  if (!options) return async () => false;
  let site: Promise<Site> | undefined;
  return async (path, request, response) => {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    if (path === '/') {
      response.writeHead(302, { location: PATH, 'content-length': 0 }).end();
      return true;
    }
    // A person's browser; programs ask for JSON there.
    const isPage = path === PATH && method === 'GET' && (headers.accept ?? '').includes('text/html');
    if (!isPage && !path.startsWith(FOLDER)) return false;
    // Nine megabytes, which most processes are never asked for.
    site ??= build(options);
    const { page, assets } = await site;
    const asset = isPage ? page : assets.get(path);
    if (asset) await sendAsset(request, response, asset, isPage ? PAGE_HEADERS : ASSET_HEADERS);
    return asset !== undefined;
  };
}

/** Served from this process: the page works on a machine without internet. */
async function build(options: GraphiqlOptions): Promise<Site> {
  const yoga = await import('@graphql-yoga/render-graphiql/graphiql');
  const assets = new Map<string, Asset>();
  const add = (name: string, type: string, content: string | Buffer): string => {
    const body = Buffer.from(content);
    const tag = hash('sha256', body).slice(0, 16);
    const path = `${FOLDER}${tag}/${name}`;
    assets.set(path, createAsset(type, tag, body));
    return path;
  };
  const script = (name: string, content: string) => add(name, 'text/javascript; charset=utf-8', content);
  const style = (name: string, content: string) => add(name, 'text/css; charset=utf-8', content);
  const html = Buffer.from(
    graphiqlPage(options, {
      script: script('graphiql.js', yoga.js),
      style: style('graphiql.css', yoga.css),
      icon: add('favicon.ico', 'image/x-icon', Buffer.from(yoga.favicon.split(',')[1] ?? '', 'base64')),
      start: script('start.js', START),
      ownStyle: style('page.css', OWN_STYLE),
      workers: {
        editorWorkerService: script('editor-worker.js', yoga.editorWorkerService),
        json: script('json-worker.js', yoga.jsonWorker),
        graphql: script('graphql-worker.js', yoga.graphqlWorker),
      },
    }),
  );
  return { page: createAsset('text/html; charset=utf-8', hash('sha256', html).slice(0, 16), html), assets };
}
