import { randomUUID } from 'node:crypto';
import { type Call, FaultyServer, type Reply } from './faulty-server.ts';

interface Page {
  id: string;
  properties: Record<string, unknown>;
  blocks: { id: string; text: string }[];
}
interface RichText {
  text?: { content?: string };
}

const plain = (texts: unknown): string =>
  (texts as RichText[]).map((piece) => piece.text?.content ?? '').join('');
const refuse = (status: number, code: string): Reply => ({
  status,
  body: { object: 'error', status, code, message: 'refused for ntn_…' },
});
const list = (results: unknown[], nextCursor: string | null = null): Reply => ({
  status: 200,
  body: { object: 'list', results, has_more: nextCursor !== null, next_cursor: nextCursor },
});

/** Notion's API 2025-09-03: one database with one data source, pages and paragraphs, with its limits. */
export class FakeNotion extends FaultyServer {
  readonly token = 'ntn_notionSecretToken0001';
  readonly databaseId = '897e5a76ae524b48a6d40b46543ebcda';
  readonly pages: Page[] = [];
  readonly properties: Record<string, { type: string }> = { Report: { type: 'title' } };
  private readonly sourceId = randomUUID();

  protected answer(call: Call): Reply {
    const { method, path, headers } = call;
    if (headers.authorization !== `Bearer ${this.token}`) return refuse(401, 'unauthorized');
    if (headers['notion-version'] !== '2025-09-03') return refuse(400, 'missing_version');
    const [, version, kind, id, ...rest] = path.split('/');
    if (version !== 'v1') return refuse(404, 'object_not_found');
    const route = [method, kind, ...rest].join(' ');
    switch (route) {
      case 'GET databases':
        if (id?.replaceAll('-', '') !== this.databaseId) return refuse(404, 'object_not_found');
        return {
          status: 200,
          body: { object: 'database', id, data_sources: [{ id: this.sourceId, name: 'x' }] },
        };
      case 'GET data_sources':
      case 'PATCH data_sources':
        return this.source(id, call.json);
      case 'POST data_sources query':
        return this.query(id, call.json);
      case 'POST pages':
        return this.create(call.json);
      case 'PATCH pages':
        return this.update(id, call.json);
      case 'GET blocks children':
        return this.children(id, call.query);
      case 'PATCH blocks children':
        return this.append(id, call.json);
      case 'DELETE blocks':
        return this.remove(id);
      default:
        return refuse(400, 'invalid_request_url');
    }
  }

  private source(id: string | undefined, json: Record<string, unknown>): Reply {
    if (id !== this.sourceId) return refuse(404, 'object_not_found');
    for (const [name, property] of Object.entries((json.properties ?? {}) as Record<string, object>)) {
      this.properties[name] = { type: Object.keys(property)[0] ?? '' };
    }
    return { status: 200, body: { object: 'data_source', id, properties: this.properties } };
  }

  private query(id: string | undefined, json: Record<string, unknown>): Reply {
    const { property, rich_text: text } = json.filter as { property: string; rich_text: { equals: string } };
    if (id !== this.sourceId || this.properties[property]?.type !== 'rich_text')
      return refuse(400, 'validation_error');
    const found = this.pages.filter((page) => {
      const value = page.properties[property] as { rich_text?: unknown } | undefined;
      return value && plain(value.rich_text) === text.equals;
    });
    return list(found.map((page) => ({ object: 'page', id: page.id })));
  }

  private create(json: Record<string, unknown>): Reply {
    const {
      parent,
      properties,
      children = [],
    } = json as {
      parent: { data_source_id?: string };
      properties: Record<string, unknown>;
      children?: unknown[];
    };
    if (parent.data_source_id !== this.sourceId) return refuse(404, 'object_not_found');
    if (Object.keys(properties).some((name) => !this.properties[name]))
      return refuse(400, 'validation_error');
    const page: Page = { id: randomUUID(), properties, blocks: [] };
    const wrong = this.put(page, children);
    if (wrong) return wrong;
    this.pages.push(page);
    return { status: 200, body: { object: 'page', id: page.id } };
  }

  private update(id: string | undefined, json: Record<string, unknown>): Reply {
    const page = this.pages.find((one) => one.id === id);
    if (!page) return refuse(404, 'object_not_found');
    Object.assign(page.properties, json.properties);
    return { status: 200, body: { object: 'page', id } };
  }

  private children(id: string | undefined, query: URLSearchParams): Reply {
    const page = this.pages.find((one) => one.id === id);
    if (!page) return refuse(404, 'object_not_found');
    const from = Number(query.get('start_cursor') ?? 0);
    const size = Number(query.get('page_size') ?? 100);
    if (size > 100) return refuse(400, 'validation_error');
    const blocks = page.blocks.slice(from, from + size).map((block) => ({
      ...{ object: 'block', id: block.id, type: 'paragraph' },
      paragraph: { rich_text: [{ type: 'text', plain_text: block.text, text: { content: block.text } }] },
    }));
    return list(blocks, from + size < page.blocks.length ? String(from + size) : null);
  }

  private append(id: string | undefined, json: Record<string, unknown>): Reply {
    const page = this.pages.find((one) => one.id === id);
    if (!page) return refuse(404, 'object_not_found');
    return this.put(page, json.children as unknown[]) ?? list([]);
  }

  private put(page: Page, children: unknown[]): Reply | null {
    if (!Array.isArray(children) || children.length > 100) return refuse(400, 'validation_error');
    for (const child of children) {
      const { paragraph } = child as { paragraph?: { rich_text?: RichText[] } };
      const texts = paragraph?.rich_text;
      if (!Array.isArray(texts) || texts.length > 100) return refuse(400, 'validation_error');
      if (texts.some((piece) => (piece.text?.content ?? '').length > 2_000))
        return refuse(400, 'validation_error');
      page.blocks.push({ id: randomUUID(), text: plain(texts) });
    }
    return null;
  }

  private remove(id: string | undefined): Reply {
    for (const page of this.pages) page.blocks = page.blocks.filter((block) => block.id !== id);
    return { status: 200, body: { object: 'block', id } };
  }
}
