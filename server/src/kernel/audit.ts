import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { Actor } from './authenticate.ts';
import type { Prepared } from './database/pool.ts';
import { newId } from './ids.ts';
import { encoderOf, type FieldClass, fieldClassOf } from './schema.ts';

/** What a rule records of a change. Before and after pass through the resource's schema; the difference is kept. */
export interface AuditedChange {
  before?: object | null;
  after?: object | null;
  /** Where the entry is not about the object itself: members of a group, sessions of an account. */
  target?: { kind: string; id: string | null; name?: string | null };
  /** The operation's id unless several entries are made. */
  action?: string;
  /** Facts beside fields, for example which members were added. Ids and counts only. */
  details?: Record<string, unknown> | undefined;
}

export interface Entry {
  id: string;
  action: string;
  targetKind: string;
  targetId: string | null;
  targetName: string | null;
  outcome: 'success' | 'refused';
  changes: object | null;
  /** What is encrypted for the person whom it is about. */
  personal: object | null;
  subjectId: string | null;
}

/** `ServiceAccount` -> `service-account`. */
const kindOf = (schema: z.ZodType) =>
  (schema.meta()?.id ?? 'object').replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isObject(a) && isObject(b)) return JSON.stringify(a) === JSON.stringify(b);
  return (a ?? null) === (b ?? null);
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

/** Fields that every change moves and that say nothing. */
const incidental = new Set(['updatedAt', 'updatedBy', 'actions', 'version']);

interface Audited {
  kind: string;
  fields: { name: string; fieldClass: FieldClass }[];
}
const schemas = new WeakMap<z.ZodObject, Audited>();

/** What the audit keeps of a resource; read of its schema once. */
function auditedOf(schema: z.ZodObject): Audited {
  const known = schemas.get(schema);
  if (known) return known;
  const fields = Object.entries(schema.shape)
    .filter(([name]) => !incidental.has(name))
    .map(([name, field]) => ({ name, fieldClass: fieldClassOf(field as z.ZodType) }));
  const made = { kind: kindOf(schema), fields };
  schemas.set(schema, made);
  return made;
}

/** Makes the entry of a change: public fields in the clear, personal ones apart, of secrets only that they changed. */
export function entryOf(schema: z.ZodObject, action: string, change: AuditedChange): Entry {
  const { kind, fields } = auditedOf(schema);
  const encode = encoderOf(schema);
  const before = (change.before ? encode(change.before) : null) as Record<string, unknown> | null;
  const after = (change.after ? encode(change.after) : null) as Record<string, unknown> | null;
  const open = { before: {} as Record<string, unknown>, after: {} as Record<string, unknown> };
  const personal = { before: {} as Record<string, unknown>, after: {} as Record<string, unknown> };
  let hasPersonal = false;
  for (const { name, fieldClass } of fields) {
    if (same(before?.[name], after?.[name])) continue;
    for (const [side, value] of [
      ['before', before?.[name]],
      ['after', after?.[name]],
    ] as const) {
      if (value === undefined) continue;
      if (fieldClass === 'secret') open[side][name] = '(secret)';
      else if (fieldClass === 'personal') {
        personal[side][name] = value;
        hasPersonal = true;
      } else open[side][name] = value;
    }
  }
  const object = (change.after ?? change.before ?? {}) as { id?: string; name?: string };
  const target = change.target ?? { kind, id: object.id ?? null, name: object.name ?? null };
  return {
    id: newId(),
    action,
    targetKind: target.kind,
    targetId: target.id,
    targetName: target.name ?? null,
    outcome: 'success',
    changes: {
      before: before ? open.before : undefined,
      after: after ? open.after : undefined,
      details: change.details,
    },
    personal: hasPersonal ? personal : null,
    subjectId: hasPersonal ? target.id : null,
  };
}

/** Something that happened to a target, without fields. */
export const noteOf = (action: string, target: { kind: string; id: string | null }): Entry => ({
  id: newId(),
  action,
  targetKind: target.kind,
  targetId: target.id,
  targetName: null,
  outcome: 'success',
  changes: null,
  personal: null,
  subjectId: null,
});

export const refusalOf = (action: string, target: { kind: string; id: string | null }): Entry =>
  Object.assign(noteOf(action, target), { outcome: 'refused' as const });

export interface EntryFrame {
  tenantId: string;
  at: Date;
  actor: Actor;
  onBehalfOf: string | null;
  requestId: string;
  sourceAddress: string | null;
}

/** The insert of an entry. Its hash covers everything stored, the personal part as ciphertext. */
export function insertEntry(entry: Entry, sealed: Buffer | null, frame: EntryFrame): Prepared {
  const { tenantId, at, actor, onBehalfOf, requestId, sourceAddress } = frame;
  const changes = entry.changes && JSON.stringify(entry.changes);
  const fields = [
    tenantId, entry.id, at.toISOString(), actor.kind, actor.id, onBehalfOf, actor.credentialId, actor.door, entry.action,
    entry.targetKind, entry.targetId, entry.targetName, entry.outcome, changes, entry.subjectId,
    sealed?.toString('base64') ?? null, requestId, sourceAddress,
  ]; // biome-ignore format: one line of columns reads like the insert
  return {
    name: 'audit',
    text: `insert into audit_entries (tenant_id, id, at, actor_kind, actor_id, on_behalf_of, credential_id, door, action,
             target_kind, target_id, target_name, outcome, changes, subject_id, personal, request_id, source_address, content_hash)
           values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19)`,
    values: [
      tenantId,
      entry.id,
      at,
      actor.kind,
      actor.id,
      onBehalfOf,
      actor.credentialId,
      actor.door,
      entry.action,
      entry.targetKind,
      entry.targetId,
      entry.targetName,
      entry.outcome,
      changes,
      entry.subjectId,
      sealed,
      requestId,
      sourceAddress,
      hash('sha256', JSON.stringify(fields), 'buffer'),
    ],
  };
}

/** The operator's own audit, for nobody else: that it acted, and on which tenant. Ids only. */
export const insertOperatorEntry = (tenantId: string, at: Date, action: string, requestId: string): Prepared => ({
  name: 'operator-audit',
  text: `insert into operator_entries (id, at, action, tenant_id, outcome, request_id) values ($1, $2, $3, $4, 'success', $5)`,
  values: [newId(), at, action, tenantId, requestId],
});

/** P31: what a partner's person did, beside its entry; from there its home hears of it. */
export const insertAct = (act: {
  tenantId: string;
  entry: Entry;
  delegationId: string;
  homeAccountId: string;
  at: Date;
}): Prepared => ({
  name: 'delegation-act',
  text: `insert into delegation_acts (tenant_id, entry_id, delegation_id, home_account_id, action, at) values ($1,$2,$3,$4,$5,$6)`,
  values: [act.tenantId, act.entry.id, act.delegationId, act.homeAccountId, act.entry.action, act.at],
});
