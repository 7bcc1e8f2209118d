import jackson from '@boxyhq/saml-jackson';
import { CONNECTIONS, connection, listen, ready, url } from './start.mjs';

/**
 * Polis as a library, with directory sync on PostgreSQL. Its own app calls the same request handler from an HTTP
 * route; here plain Node does, which costs less. Its events go to a callback that does nothing.
 */

const base = '/api/scim/v2.0';
const database = `postgres://${connection.user}@localhost:${connection.port}/${connection.database}`;
const { directorySyncController } = await jackson.controllers({
  externalUrl: url,
  samlPath: '/api/oauth/saml',
  scimPath: base,
  noAnalytics: true,
  db: {
    engine: 'sql',
    type: 'postgres',
    url: `${database}?host=${encodeURIComponent(connection.host)}&pool_max_conns=${CONNECTIONS}`,
  },
  dsync: { callback: async () => {} },
  logger: { info() {}, warn: console.error, error: console.error },
});
const { data: directory, error } = await directorySyncController.directories.create({
  tenant: 'bench',
  product: 'bench',
  type: 'generic-scim-v2',
});
if (error) throw new Error(error.message);

async function answer(request, reply) {
  const { pathname, searchParams } = new URL(request.url, url);
  const [directoryId, resourceType, resourceId] = pathname.slice(base.length + 1).split('/');
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  const { status, data } = await directorySyncController.requests.handle({
    method: request.method,
    body: text ? JSON.parse(text) : undefined,
    directoryId,
    resourceType,
    resourceId,
    apiSecret: request.headers.authorization?.slice('Bearer '.length),
    query: {
      count: searchParams.has('count') ? Number(searchParams.get('count')) : undefined,
      startIndex: searchParams.has('startIndex') ? Number(searchParams.get('startIndex')) : undefined,
      filter: searchParams.get('filter') ?? undefined,
    },
  });
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data));
}

await listen((request, reply) =>
  answer(request, reply).catch((problem) => {
    console.error(problem);
    reply.writeHead(500).end();
  }),
);
ready(`${base}/${directory.id}`, directory.scim.secret);
