import type { TenantContext } from '../../kernel/context.ts';
import { readProvisioned } from './provisioned.ts';

interface Names {
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
}

/**
 * The attributes of an account whose names an administrator changes while provisioning is off, so that provisioning
 * reads what people see when it is on again.
 *
 * @returns JSON
 */
export async function attributesWith(ctx: TenantContext, id: string, next: Names): Promise<string> {
  const { attributes, ...before } = await readProvisioned(ctx, id);
  const { name, displayName, phoneNumbers, ...others } = attributes;
  const isRenamed = next.firstName !== before.firstName || next.lastName !== before.lastName;
  const { formatted: _formatted, ...parts } = (name ?? {}) as Record<string, unknown>;
  const phones = Array.isArray(phoneNumbers) ? (phoneNumbers as { type?: unknown }[]) : [];
  const keptPhones = phones.filter(({ type }) => `${type}`.toLowerCase() !== 'mobile');
  const newPhones = next.mobilePhone === null ? [] : [{ value: next.mobilePhone, type: 'mobile' }];
  return JSON.stringify({
    ...others,
    name: isRenamed ? { ...parts, givenName: next.firstName, familyName: next.lastName } : name,
    displayName: next.displayName === before.displayName ? displayName : next.displayName,
    phoneNumbers: next.mobilePhone === before.mobilePhone ? phoneNumbers : listOrNone([...keptPhones, ...newPhones]),
  });
}

const listOrNone = (values: object[]) => (values.length > 0 ? values : undefined);
