import { Client, LogLevel } from '@notionhq/client';
import { OutboundAmbiguous, OutboundRefused } from '../errors.ts';
import type { OutboundHttp } from '../http.ts';
import { failureOf, isOk, isOutbound, objectIn } from './codes.ts';
import { fetchOver } from './fetch.ts';
import { chunked, paragraphs, richText, textOf } from './notion-blocks.ts';
import { createPacer } from './pacer.ts';

export interface NotionTarget {
  readonly token: string;
  readonly databaseId: string;
  readonly base?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Between two calls with one token: Notion allows three a second. */
  readonly intervalMs?: number | undefined;
}

export interface NotionPage {
  /** One page per key. */
  readonly key: string;
  readonly title: string;
  readonly lines: readonly string[];
}

/** The property that makes pages unique; added to the database when it is missing. */
export const REPORT_KEY = 'ReportKey';
const INTERVAL_MS = 340;
const pace = createPacer();

/**
 * Makes the page of this key say exactly this: found by its key and brought up to date, else created (spec n.2). Done
 * twice, or cut off anywhere and done again, it leaves one page.
 */
export async function putNotionPage(
  http: OutboundHttp,
  target: NotionTarget,
  page: NotionPage,
): Promise<'CREATED' | 'UPDATED'> {
  const notion = clientOf(http, target);
  try {
    const source = await dataSource(notion, target.databaseId);
    const found = await notion.dataSources.query({
      ...{ data_source_id: source.id, page_size: 1 },
      filter: { property: REPORT_KEY, rich_text: { equals: page.key } },
    });
    const properties = {
      [source.title]: { title: richText(page.title) },
      [REPORT_KEY]: { rich_text: richText(page.key) },
    };
    const [first = [], ...rest] = chunked(paragraphs(page.lines));
    const existing = found.results[0];
    if (existing) {
      await notion.pages.update({ page_id: existing.id, properties });
      await rewrite(notion, existing.id, page.lines);
      return 'UPDATED';
    }
    const parent = { type: 'data_source_id' as const, data_source_id: source.id };
    const created = await notion.pages.create({ parent, properties, children: first });
    for (const children of rest) await notion.blocks.children.append({ block_id: created.id, children });
    return 'CREATED';
  } catch (error) {
    throw isOutbound(error) ? error : new OutboundAmbiguous('NOTION_UNREADABLE');
  }
}

function clientOf(http: OutboundHttp, { token, base, timeoutMs, intervalMs }: NotionTarget): Client {
  const call = fetchOver(http, { timeoutMs, isTrusted: true }, (answer) => {
    if (!isOk(answer.status)) throw failureOf('NOTION', answer, objectIn(answer.body).code);
  });
  return new Client({
    auth: token,
    ...(base && { baseUrl: base }),
    // Whether and when it is tried again is decided by the effect, and nothing is printed.
    ...{ retry: false as const, logLevel: LogLevel.ERROR, logger: () => {} },
    async fetch(url, init) {
      await pace(token, intervalMs ?? INTERVAL_MS);
      return (await call(url, init)) as never;
    },
  });
}

/** The first data source of the database, with the name of its title property. */
async function dataSource(notion: Client, databaseId: string): Promise<{ id: string; title: string }> {
  const database = await notion.databases.retrieve({ database_id: databaseId });
  const id = 'data_sources' in database ? database.data_sources[0]?.id : undefined;
  if (!id) throw new OutboundRefused('NOTION_NO_DATA_SOURCE');
  const source = await notion.dataSources.retrieve({ data_source_id: id });
  const { properties } = source;
  const key = properties[REPORT_KEY];
  if (key && key.type !== 'rich_text') throw new OutboundRefused(`NOTION_${REPORT_KEY}_IS_NO_TEXT`);
  if (!key) {
    await notion.dataSources.update({ data_source_id: id, properties: { [REPORT_KEY]: { rich_text: {} } } });
  }
  const title = Object.entries(properties).find(([, property]) => property.type === 'title')?.[0];
  return { id, title: title ?? 'Name' };
}

/** Keeps what is right from the beginning, takes the rest away and appends what is missing. */
async function rewrite(notion: Client, pageId: string, lines: readonly string[]): Promise<void> {
  const blocks = paragraphs(lines);
  const wanted = blocks.map(textOf);
  let kept = 0;
  let isRight = true;
  const wrong: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await notion.blocks.children.list({
      ...{ block_id: pageId, page_size: 100, ...(cursor && { start_cursor: cursor }) },
    });
    for (const block of page.results) {
      isRight &&= textOf(block) === wanted[kept];
      if (isRight) kept++;
      else wrong.push(block.id);
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  for (const id of wrong) await notion.blocks.delete({ block_id: id });
  for (const children of chunked(blocks.slice(kept))) {
    await notion.blocks.children.append({ block_id: pageId, children });
  }
}
