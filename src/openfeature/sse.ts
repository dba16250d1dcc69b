/** Reads GraphQL results from server-sent events; calls `onAlive` with every byte, pings too. */
export async function* readResults(
  body: AsyncIterable<Uint8Array>,
  onAlive: () => void,
): AsyncGenerator<{ data?: unknown; errors?: { message: string }[] }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    onAlive();
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const event = block
        .find((line) => line.startsWith('event:'))
        ?.slice(6)
        .trim();
      if (event === 'complete') return;
      const data = block.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
      if (event === 'next' && data.length > 0) yield JSON.parse(data.join('\n'));
    }
  }
}
