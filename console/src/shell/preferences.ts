import { useSyncExternalStore } from 'react';

/** Small choices of this browser. Nothing of a tenant or a person is kept here but ids, of what was opened last. */
const listeners = new Set<() => void>();
const memory = new Map<string, string>();

const get = (name: string) => {
  try {
    return localStorage.getItem(`bailiwick.${name}`) ?? undefined;
  } catch {
    return memory.get(name);
  }
};

export function setPreference(name: string, value: string) {
  try {
    localStorage.setItem(`bailiwick.${name}`, value);
  } catch {
    memory.set(name, value);
  }
  for (const listener of listeners) listener();
}

export const preference = (name: string, otherwise = '') => get(name) ?? otherwise;

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const usePreference = (name: string, otherwise = '') =>
  useSyncExternalStore(subscribe, () => preference(name, otherwise));

/** The tenants opened last, newest first, five at most. */
export const recentTenants = () => preference('recent-tenants').split(',').filter(Boolean);
export const rememberTenant = (id: string) =>
  setPreference('recent-tenants', [id, ...recentTenants().filter((each) => each !== id)].slice(0, 5).join(','));
