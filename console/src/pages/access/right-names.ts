import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { topics } from '../../api/session.ts';
import { everyNamespace } from '../../api/tenant.ts';
import { accessText as text } from '../../messages/en.access.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

export interface Right {
  /** A permission, or a whole topic as `<topic>.*`. */
  permission: string;
  namespaceId?: string | null;
  /** Where the answer tells it; else it is looked up for who may see namespaces. */
  namespaceName?: string | null;
}

/** Permissions and grants as people read them: topic, title, and in which namespace. */
export function useRightNames(): (right: Right) => string {
  const tenantId = useTenantId();
  const catalogue = useQuery(topics).data;
  const places = useQuery({
    ...everyNamespace(tenantId),
    enabled: useHolds('namespaces.view'),
    retry: false,
  }).data;
  return useMemo(
    () =>
      ({ permission, namespaceId, namespaceName }) => {
        const topic = catalogue?.items.find(({ name }) => permission.startsWith(`${name}.`));
        const what = permission.endsWith('.*')
          ? text.wholeTopic
          : topic?.permissions.find(({ name }) => name === permission)?.title;
        const said = topic && what ? `${topic.title}: ${what}` : permission;
        const name = namespaceName ?? places?.find(({ id }) => id === namespaceId)?.name ?? namespaceId;
        return name ? `${said} (${text.inNamespace(name)})` : said;
      },
    [catalogue, places],
  );
}

/** Of a grant as one text: `permission` or `permission@namespace`. */
export const rightOf = (grant: string): Right => {
  const [permission = '', namespaceId = null] = grant.split('@');
  return { permission, namespaceId };
};
