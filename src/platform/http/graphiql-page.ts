import type { GraphiqlOptions } from './types.ts';

/** Addresses of what the page loads. */
export interface PageLinks {
  script: string;
  style: string;
  icon: string;
  start: string;
  ownStyle: string;
  /** By the labels that the editor asks for them with. */
  workers: Record<'editorWorkerService' | 'json' | 'graphql', string>;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: string): string => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] as string);
/** JSON that cannot end the element it stands in. */
const data = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** GraphiQL with one place for the credentials of all tabs. It holds no secret: everybody is sent the same. */
export function graphiqlPage(
  { title = 'GraphiQL', tabs, tenant }: GraphiqlOptions,
  links: PageLinks,
): string {
  const options = {
    title,
    // Over SSE the headers of page and tab travel with a subscription, which a browser's WebSocket cannot.
    subscriptionsProtocol: 'SSE',
    method: 'POST',
    ...(tabs && { defaultTabs: tabs }),
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${html(title)}</title>
    <link rel="icon" href="${links.icon}" />
    <link rel="stylesheet" href="${links.style}" />
    <link rel="stylesheet" href="${links.ownStyle}" />
  </head>
  <body class="no-focus-outline">
    <noscript>You need to enable JavaScript to run this app.</noscript>
    <header id="who">
      <label>Admin token or key <input id="token" type="password" autocomplete="off" spellcheck="false" /></label>
      <label>Tenant <input id="tenant" placeholder="slug" autocomplete="off" value="${html(tenant ?? '')}" /></label>
      <span>Sent with every tab, forgotten when this window is closed.</span>
    </header>
    <div id="root"></div>
    <script id="facts" type="application/json">${data({ options, workers: links.workers })}</script>
    <script defer src="${links.start}"></script>
    <script defer src="${links.script}"></script>
  </body>
</html>
`;
}

export const OWN_STYLE = `
#who { box-sizing: border-box; height: 40px; display: flex; gap: 16px; align-items: center; padding: 0 16px;
  font: 13px system-ui, sans-serif; color-scheme: light dark; background: Canvas; color: CanvasText;
  border-bottom: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
#who input { font: inherit; padding: 3px 6px; margin-left: 6px; }
#token { width: 22em; }
#who span { opacity: 0.65; }
#root .graphiql-container { height: calc(100vh - 40px); }
`;

/** Runs before GraphiQL's own script, which asks at its start where its workers are. */
export const START = `
const { options, workers } = JSON.parse(document.getElementById('facts').textContent);
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
const field = (id) => {
  const input = document.getElementById(id);
  const key = 'revenue-engine:' + id;
  input.value = sessionStorage.getItem(key) ?? input.value;
  input.addEventListener('input', () => sessionStorage.setItem(key, input.value));
  return () => input.value.trim();
};
const token = field('token');
const tenant = field('tenant');
const additionalHeaders = () => ({
  ...(token() && { authorization: 'Bearer ' + token() }),
  ...(token() && tenant() && { 'x-tenant': tenant() }),
});
addEventListener('DOMContentLoaded', () => {
  YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), { ...options, additionalHeaders });
});
`;
