import type { Actor } from '../../kernel/authenticate.ts';
import { ask, onPlatformTables } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import type { Platform, Region } from '../../kernel/regions.ts';
import { noteShared } from './service.ts';
import * as store from './store.ts';

/*
 * Proving a domain writes two databases: the region commits, the directory follows. It is told fingerprint, tenant and
 * region, and by it the regions tell the owners of tenants that proved the same domain earlier.
 */

/** A directory that does not answer holds the rows of the cell no longer. */
const DIRECTORY_MS = 3_000;

export async function publishDomains(platform: Platform, region: Region): Promise<void> {
  for (const cell of region.cells)
    if (await store.hasUnpublished(cell))
      await onPlatformTables(cell, async (db) => {
        for (const row of await store.lockUnpublished(db)) {
          if (row.state === 'withdrawn') {
            await unpublish(platform, row);
            await store.forget(db, row);
          } else {
            await publish(platform, region, row);
            await store.markPublished(db, row);
          }
        }
      });
  await tellEarlierOwners(platform, region);
}

interface Proved {
  fingerprint: Buffer;
  tenantId: string;
}

const unpublish = ({ directory }: Platform, { fingerprint, tenantId }: Proved) =>
  ask(
    directory,
    {
      name: 'unpublish-domain',
      text: 'delete from domains where fingerprint = $1 and tenant_id = $2',
      values: [fingerprint, tenantId],
    },
    DIRECTORY_MS,
  );

/** May be repeated. Of two that come at once each is told of the other, so that none hears nothing. */
async function publish({ directory }: Platform, { code }: Region, { fingerprint, tenantId }: Proved) {
  await ask(
    directory,
    {
      name: 'publish-domain',
      text: 'insert into domains (fingerprint, tenant_id, region) values ($1, $2, $3) on conflict do nothing',
      values: [fingerprint, tenantId, code],
    },
    DIRECTORY_MS,
  );
  await ask(
    directory,
    {
      name: 'join-domain',
      text: 'update domains set joined_at = clock_timestamp() where fingerprint = $1 and tenant_id <> $2',
      values: [fingerprint, tenantId],
    },
    DIRECTORY_MS,
  );
}

const byItself: Actor = { kind: 'system', id: null, credentialId: null, door: 'job' };

async function tellEarlierOwners(platform: Platform, region: Region): Promise<void> {
  const { directory } = platform;
  const joined = await ask<Proved & { at: string }>(
    directory,
    {
      name: 'joined-domains',
      text: `select fingerprint, tenant_id as "tenantId", joined_at::text as at from domains
             where region = $1 and joined_at is not null limit 100`,
      values: [region.code],
    },
    DIRECTORY_MS,
  );
  for (const { fingerprint, tenantId, at } of joined) {
    const place = await platform.locateHere(tenantId);
    if (place) {
      const request = {
        id: newId(),
        action: 'domains.note-shared',
        sourceAddress: null,
        userAgent: null,
        ifMatch: undefined,
      };
      await enterTenant({ platform, place, tenantId, actor: byItself, request }, (ctx) =>
        noteShared(ctx, fingerprint, at),
      );
    }
    await ask(
      directory,
      {
        name: 'told-of-domain',
        text: `update domains set joined_at = null
               where fingerprint = $1 and tenant_id = $2 and joined_at = $3::timestamptz`,
        values: [fingerprint, tenantId, at],
      },
      DIRECTORY_MS,
    );
  }
}
