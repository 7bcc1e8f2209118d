import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { readCookies } from './cookies.ts';
import { languageCookie, wantedOf } from './messages/languages.ts';

const YEAR_SECONDS = 365 * 86_400;

/** The folders of a built console, by language; `en` is there if any is. Empty when it was not built. */
export function languagesOf(folder: string): Map<string, string> {
  const names = existsSync(join(folder, 'en/index.html')) ? readdirSync(folder) : [];
  return new Map(names.map((name) => [name, join(folder, name)]));
}

/** For each address below a tenant, such as `/groups/$id`, the files of its page; written by the console's build. */
type FilesOfPages = Record<string, string[]>;

/**
 * The console's page for an address. Inside a tenant it names the files of what is shown there, so that they come while the
 * shell does, and says so to `first.js`; at a door it says nothing.
 */
const pageOf = (page: string, files: FilesOfPages) => {
  const [before = '', after = ''] = page.replace('<head', '<head data-inside').split(/(?=<\/head>)/);
  return (url: string): string => {
    const links = filesAt(files, url).map((file) => `<link rel="modulepreload" href="${file}">`);
    return links.length > 0 ? before + links.join('') + after : page;
  };
};

function filesAt(files: FilesOfPages, url: string): string[] {
  const inside = /^\/t\/[^/?]+((?:\/[^/?]+)*)\/?(?:\?|$)/.exec(url);
  if (!inside) return [];
  const parts = (inside[1] || '/').split('/').slice(1);
  const found = Object.keys(files).find((path) => {
    const wanted = path.split('/').slice(1);
    return wanted.length === parts.length && wanted.every((each, at) => each.startsWith('$') || each === parts[at]);
  });
  // A panel such as /groups/new stands over the page of its list.
  return files[found ?? `/${parts[0]}`] ?? [];
}

/**
 * Serves the built console: its files by name, its page for every path that is the console's, in the language that was
 * chosen in this browser, else in the one that the browser asks for.
 */
export async function serveConsole(app: FastifyInstance, languages: Map<string, string>): Promise<void> {
  const pages = new Map(
    [...languages].map(([language, folder]) => {
      const page = readFileSync(join(folder, 'index.html'), 'utf8');
      const list = join(folder, 'pages.json');
      return [language, pageOf(page, existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : {})];
    }),
  );
  await app.register(fastifyStatic, {
    root: [...languages.values()].map((folder) => join(folder, 'assets')),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    index: false,
    preCompressed: true,
    setHeaders: (reply) => reply.setHeader('vary', 'accept-encoding'),
    decorateReply: false,
  });
  app.get<{ Params: { code: string } }>('/language/:code', (request, reply) => {
    const { code } = request.params;
    if (!pages.has(code)) return reply.callNotFound();
    const attributes = `Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; Secure; SameSite=Lax`;
    return reply.code(204).header('set-cookie', `${languageCookie}=${code}; ${attributes}`).send();
  });
  // An address that nobody knows is the console's to explain, to a browser; to a script it is a 404 like any other.
  app.get('/*', (request, reply) => {
    const { accept, 'accept-language': asked = '' } = request.headers;
    const isPage =
      request.url === '/' || (accept?.includes('text/html') && !/^\/(v1|scim|authzen|assets)(\/|$)/.test(request.url));
    if (!isPage) return reply.callNotFound();
    const wanted = [readCookies(request.headers.cookie)[languageCookie] ?? '', ...wantedOf(asked)].find((each) =>
      pages.has(each),
    );
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'cache-control': 'no-cache', vary: 'cookie, accept-language' })
      .send(pages.get(wanted ?? 'en')?.(request.url));
  });
}
