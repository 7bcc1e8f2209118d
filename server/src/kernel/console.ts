import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Serves the built console: its files by name, its page for every path that is the console's. */
export async function serveConsole(app: FastifyInstance, folder: string): Promise<void> {
  const page = await readFile(join(folder, 'index.html'));
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    index: false,
    preCompressed: true,
    setHeaders: (reply) => reply.setHeader('vary', 'accept-encoding'),
    decorateReply: false,
  });
  // An address that nobody knows is the console's to explain, to a browser; to a script it is a 404 like any other.
  app.get('/*', (request, reply) => {
    const isPage =
      request.url === '/' ||
      (request.headers.accept?.includes('text/html') && !/^\/(v1|scim|authzen|assets)(\/|$)/.test(request.url));
    if (!isPage) return reply.callNotFound();
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
  });
}
