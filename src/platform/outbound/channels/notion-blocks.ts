/** Limits of Notion's API (spec n.2): characters of one rich text, rich texts of one block, blocks of one request. */
const TEXT_CHARACTERS = 2_000;
const TEXTS = 100;
const BLOCKS = 100;

interface RichText {
  type: 'text';
  text: { content: string };
}
export interface Paragraph {
  object: 'block';
  type: 'paragraph';
  paragraph: { rich_text: RichText[] };
}

/** Text in pieces of at most 2,000 UTF-16 units that split no character. */
export function richText(text: string): RichText[] {
  const pieces: RichText[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + TEXT_CHARACTERS, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to--;
    pieces.push({ type: 'text', text: { content: text.slice(from, to) } });
    from = to;
  }
  return pieces;
}

/** One paragraph per line; a line that is too long for one goes on in the next. */
export const paragraphs = (lines: readonly string[]): Paragraph[] =>
  lines.flatMap((line) => chunksOf(richText(line), TEXTS).map(paragraph));

const paragraph = (texts: RichText[]): Paragraph => ({
  object: 'block',
  type: 'paragraph',
  paragraph: { rich_text: texts },
});

/** Blocks in portions that one request may carry. */
export const chunked = (blocks: Paragraph[]): Paragraph[][] =>
  blocks.length > 0 ? chunksOf(blocks, BLOCKS) : [];

function chunksOf<T>(items: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks.length > 0 ? chunks : [[]];
}

/** The text of a paragraph, ours or Notion's; null for any other block. */
export function textOf(block: object): string | null {
  const { paragraph: content } = block as {
    paragraph?: { rich_text: { plain_text?: string; text?: { content: string } }[] };
  };
  if (!content) return null;
  return content.rich_text.map((piece) => piece.plain_text ?? piece.text?.content ?? '').join('');
}
