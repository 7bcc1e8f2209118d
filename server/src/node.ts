import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { capabilities } from './app.ts';
import type { Config } from './kernel/config.ts';
import { serveConsole } from './kernel/console.ts';
import { checkCellMark, checkDirectoryMark } from './kernel/database/mark.ts';
import { checkDatabase } from './kernel/database/migrate.ts';
import { makePool, type Pool } from './kernel/database/pool.ts';
import { listen, makeHttp } from './kernel/http.ts';
import { JobRunner } from './kernel/jobs.ts';
import { describe } from './kernel/openapi.ts';
import { otherMethods } from './kernel/other-methods.ts';
import { processOperations, serveProcess } from './kernel/process.ts';
import { Quota } from './kernel/quota.ts';
import { signingKeyOf } from './kernel/region-messages.ts';
import { Platform } from './kernel/regions.ts';
import { serve } from './kernel/serve.ts';
import { sweeping } from './kernel/sweep.ts';

/** The databases of a node, by URL or by socket. */
export interface Databases {
  directory: pg.ClientConfig;
  /** By region code; the first of each is the home cell. */
  cells: Record<string, pg.ClientConfig[]>;
}

export interface NodeParts {
  config: Config;
  databases: Databases;
  log: Logger;
  fingerprintKey: Buffer;
  masterKeys: Record<string, Buffer>;
  operatorKeyHash: Buffer;
  /** Folders of the built console by language; without any only the API is served. */
  console?: Map<string, string>;
}

export interface RunningNode {
  platform: Platform;
  port: number;
  url: string;
  /** Stops taking requests, lets those under way end, ends jobs and connections. */
  stop(): Promise<void>;
}

export const version = '0.1.0';

/** All operations of the contract, in the order of `app.ts`. */
export const operations = [...processOperations, ...capabilities.flatMap((each) => each.operations)];

/** Starts a node on its databases; refuses those from which isolation would not hold. */
export async function startNode(parts: NodeParts): Promise<RunningNode> {
  const { config, databases, log } = parts;
  const pools: Pool[] = [];
  const pool = (connection: pg.ClientConfig) => {
    const made = makePool({ connection, size: config.poolSize });
    pools.push(made);
    return made;
  };
  const directory = pool(databases.directory);
  const regions = config.regions.map((region) => ({
    code: region.code,
    name: region.name,
    country: region.country,
    baseUrl: region.baseUrl,
    cells: (databases.cells[region.code] ?? []).map(pool),
    masterKey: parts.masterKeys[region.code] as Buffer,
    signingKey: signingKeyOf(parts.masterKeys[region.code] as Buffer),
    smtpUrl: region.smtpUrl,
  }));
  const endPools = () => Promise.all(pools.map((each) => each.end()));
  try {
    await Promise.all(
      regions.flatMap((region) =>
        region.cells.map((cell, at) => checkDatabase(cell, 'cell', `Region ${region.code}, cell ${at + 1}`)),
      ),
    );
    const { fingerprintKey } = parts;
    for (const { code, cells, masterKey } of regions)
      for (const [at, cell] of cells.entries())
        await checkCellMark(cell, { region: code, cell: at, masterKey, fingerprintKey });
  } catch (error) {
    await endPools();
    throw error;
  }

  const platform = new Platform({
    config,
    log,
    regions,
    directory,
    fingerprintKey: parts.fingerprintKey,
    operatorKeyHash: parts.operatorKeyHash,
  });
  for (const { messages = {} } of capabilities)
    for (const [kind, answer] of Object.entries(messages)) platform.answers.set(kind, answer);
  // Without the directory a region serves its own tenants; it is told again when it answers.
  const announced = checkDatabase(directory, 'directory', 'Directory')
    .then(() => checkDirectoryMark(directory, parts.fingerprintKey))
    .then(() => platform.announce())
    .catch((error) => {
      if (error.name === 'DatabaseProblem') throw error;
      log.warn({ err: error }, 'the directory does not answer; serving without it');
    });

  const quota = new Quota(platform);
  const app = makeHttp(
    platform,
    capabilities.flatMap((each) => each.rendering ?? []),
  );
  const metrics = new Registry();
  const jobs = new JobRunner(
    platform,
    capabilities.flatMap((each) => each.jobs ?? []),
    [sweeping(), ...capabilities.flatMap((each) => each.chores ?? [])],
    metrics,
  );
  let servers: Server[] = [];
  try {
    await announced;
    for (const each of processOperations) serve(app, platform, quota, each);
    for (const { operations: offered, rendering } of capabilities) {
      for (const each of offered) serve(app, platform, quota, each, rendering);
      if (!rendering) continue;
      for (const { operation, methods } of otherMethods(offered))
        serve(app, platform, quota, operation, rendering, methods);
    }
    serveProcess(app, platform, JSON.stringify(describe(operations, version)), metrics);
    if (parts.console?.size) await serveConsole(app, parts.console);
    const listening = await listen(app, config.hosts, config.port);
    servers = listening.servers;
    jobs.start();
    return {
      platform,
      port: listening.port,
      url: `http://${config.hosts[0] === '127.0.0.1' ? 'localhost' : config.hosts[0]}:${listening.port}`,
      async stop() {
        platform.isLeaving = true;
        await Promise.all([...servers.map(drain), jobs.stop()]);
        quota.stop();
        await app.close();
        await Promise.all(capabilities.map((each) => each.stop?.(platform)));
        await endPools();
      },
    };
  } catch (error) {
    for (const server of servers) server.close();
    quota.stop();
    await (app as FastifyInstance).close();
    await endPools();
    throw error;
  }
}

const DRAIN_MS = 15_000;

/** Takes no new connections, lets requests under way end, then closes what is left. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const last = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(last);
      resolve();
    });
    server.closeIdleConnections();
    const sweep = setInterval(() => server.closeIdleConnections(), 200);
    server.once('close', () => clearInterval(sweep));
  });
}
