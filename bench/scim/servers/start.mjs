import { createServer } from 'node:http';

/** What the servers beside the product have in common: their arguments, and the line that says they serve. */

const [, , port, host, databasePort, database] = process.argv;

/** The server's own database, by socket, as PostgreSQL's superuser: no row security stands in a rival's way. */
export const connection = { host, port: Number(databasePort), user: 'postgres', database };
export const url = `http://127.0.0.1:${port}`;
/** Connections that each server beside the product may hold. */
export const CONNECTIONS = 10;

/** Says where its SCIM is, for the harness to read. */
export const ready = (base, token) => console.log(JSON.stringify({ base, token }));

export async function listen(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
}

export const listenOn = { host: '127.0.0.1', port: Number(port) };
