import { connect, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** What messages of regions ask or tell, as they stand in requests. */
const kindsIn = (text: string) =>
  [...text.matchAll(/"message":"([\w-]+)\./g)].map(
    ([, head = '']) => JSON.parse(Buffer.from(head, 'base64url').toString()).kind as string,
  );

/** The address of a region, behind which its node listens; cut, connections are refused, or stay and nothing passes. */
export async function aLink() {
  let state: 'whole' | 'refused' | 'silent' = 'whole';
  let port = 0;
  const swallowed: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    if (state === 'refused') return client.destroy();
    const node = connect(port, '127.0.0.1');
    sockets.add(node);
    node.on('error', () => client.destroy());
    client.on('close', () => node.destroy());
    node.on('close', () => client.destroy());
    client.on('data', (chunk) => {
      if (state === 'whole') node.write(chunk);
      else swallowed.push(...kindsIn(String(chunk)));
    });
    node.on('data', (chunk) => state === 'whole' && client.write(chunk));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address !== 'object') throw new Error('The link has no address.');
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  afterAll(() => {
    close();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${address.port}`,
    leadsTo: (node: { port: number }) => {
      port = node.port;
    },
    /** The kinds of messages of regions that it swallowed since it was cut. */
    swallowed,
    cut(how: 'refused' | 'silent') {
      state = how;
      swallowed.length = 0;
      if (how === 'refused') close();
    },
    mend() {
      state = 'whole';
      close();
    },
  };
}
