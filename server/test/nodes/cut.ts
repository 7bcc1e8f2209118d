import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';

/** A wire to the run's PostgreSQL that can be cut: refused, or silent as behind a network that swallows everything. */
export async function aWire() {
  const { host, port } = inject('postgres');
  let state: 'whole' | 'refused' | 'silent' = 'whole';
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(client));
    if (state === 'refused') return client.destroy();
    const database = connect(join(host, `.s.PGSQL.${port}`));
    sockets.add(database);
    database.on('error', () => undefined);
    database.on('close', () => {
      sockets.delete(database);
      client.destroy();
    });
    client.on('close', () => database.destroy());
    client.on('data', (chunk) => state === 'whole' && database.write(chunk));
    database.on('data', (chunk) => state === 'whole' && client.write(chunk));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  afterAll(() => {
    close();
    server.close();
  });
  const address = server.address();
  if (!address || typeof address !== 'object') throw new Error('The wire has no address.');
  return {
    connectionTo: (database: string) => ({ host: '127.0.0.1', port: address.port, user: 'app', database }),
    /** Connections end, new ones are closed at once. */
    refuse() {
      state = 'refused';
      close();
    },
    /** Connections stay, and nothing passes. */
    silence() {
      state = 'silent';
    },
    mend() {
      state = 'whole';
      close(); // what was swallowed is lost: the connections begin anew
    },
  };
}
