import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { topics } from '../../api/session.ts';
import { everyNamespace } from '../../api/tenant.ts';
import { accessText as text } from '../../messages/en.access.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import type { Right } from './rights.ts';

/** Permissions and grants as people read them: topic, title, and in which namespace. */
export function useRightNames(): (right: Right) => string {
  const catalogue = useQuery(topics).data;
  const placeOf = usePlaces();
  return useMemo(
    () =>
      ({ permission, namespaceId, namespaceName }) => {
        const topic = catalogue?.items.find(({ name }) => permission.startsWith(`${name}.`));
        const what = permission.endsWith('.*')
          ? text.wholeTopic
          : topic?.permissions.find(({ name }) => name === permission)?.title;
        const said = topic && what ? `${topic.title}: ${what}` : permission;
        return namespaceId ? `${said} (${placeOf(namespaceId, namespaceName)})` : said;
      },
    [catalogue, placeOf],
  );
}

/** A namespace in words, by its name where that is shown: also of one that is deleted. */
export function usePlaces(): (id: string, known?: string | null) => string {
  const tenantId = useTenantId();
  const asked = { enabled: useHolds('namespaces.view'), retry: false };
  const present = useQuery({ ...everyNamespace(tenantId), ...asked }).data;
  const deleted = useQuery({ ...everyNamespace(tenantId, 'deleted'), ...asked }).data;
  return useCallback(
    (id, known) => {
      const called = (places: typeof present) => places?.find((each) => each.id === id)?.name;
      const gone = called(deleted);
      if (gone) return text.inDeleted(gone);
      const name = known ?? called(present);
      return name ? text.inNamespace(name) : text.inUnseen;
    },
    [present, deleted],
  );
}
