import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { z } from 'zod';
import { open } from './access.ts';
import { topics } from './catalogue.ts';
import { ask, type Pool } from './database/pool.ts';
import { RequestDurations } from './durations.ts';
import { operation } from './operation.ts';
import type { Platform } from './regions.ts';

const Region = z
  .strictObject({ code: z.string(), name: z.string(), country: z.string(), baseUrl: z.string() })
  .meta({ id: 'Region' });

const Topic = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    namespaced: z.boolean().describe('Whether its grants may be limited to one namespace.'),
    permissions: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        isDelegable: z.boolean().describe('Whether a partner may be let do it.'),
      }),
    ),
  })
  .meta({ id: 'Topic' });

/** What everybody may know of the installation. */
export const processOperations = [
  operation({
    id: 'regions.list',
    method: 'GET',
    path: '/v1/regions',
    summary: 'List the regions of the platform',
    access: open('who registers chooses one before anything of theirs is stored'),
    reply: z.strictObject({
      items: z.array(Region),
      registration: z.enum(['open', 'invited', 'off']).describe('Who may register an organisation here.'),
    }),
    handle: async ({ platform }) => ({
      items: await platform.everyRegion(),
      registration: platform.config.registration,
    }),
  }),
  operation({
    id: 'topics.list',
    method: 'GET',
    path: '/v1/topics',
    summary: 'List topics and permissions',
    access: open('the catalogue is part of the contract'),
    reply: z.strictObject({ items: z.array(Topic) }),
    handle: async () => ({ items: topics }),
  }),
];

/** Health, metrics, the contract: for machines that watch and clients that read. */
export function serveProcess(app: FastifyInstance, platform: Platform, contract: string, registry: Registry): void {
  app.get('/healthz', async (_request, reply) => reply.type('application/json').send('{"status":"ok"}'));
  app.get('/readyz', async (_request, reply) => {
    const cells = [...platform.regions.values()].flatMap((region) => region.cells);
    const isReady = (await Promise.all(cells.map(answers))).every(Boolean);
    return reply
      .code(isReady ? 200 : 503)
      .type('application/json')
      .send(JSON.stringify({ status: isReady ? 'ready' : 'database away' }));
  });
  app.get('/v1/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(contract));

  collectDefaultMetrics({ register: registry });
  const durations = new RequestDurations(registry);
  app.addHook('onResponse', (request, reply, done) => {
    durations.add(request.method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

const answers = (cell: Pool) =>
  ask(cell, { name: 'ready', text: 'select 1', values: [] }).then(
    () => true,
    () => false,
  );
