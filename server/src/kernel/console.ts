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
    decorateReply: false,
  });
  for (const path of [
    '/',
    '/t/*',
    '/tenants',
    '/tenants/*',
    '/me',
    '/me/*',
    '/sign-in',
    '/register',
    '/register/*',
    '/setup',
    '/setup/*',
    '/accept',
    '/accept/*',
    '/operator',
    '/operator/*',
  ])
    app.get(path, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page),
    );
}
