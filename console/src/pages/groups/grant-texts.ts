import type { Grant, Topic } from '../../api/types.ts';
import { groupText } from '../../messages/en.groups.ts';

/** A grant as one text: `permission` or `permission@namespace`. */
export const textOf = ({ permission, namespaceId }: Grant) =>
  namespaceId ? `${permission}@${namespaceId}` : permission;
export const grantOf = (text: string): Grant => {
  const [permission = '', namespaceId] = text.split('@');
  return namespaceId ? { permission, namespaceId } : { permission };
};

/** A grant as people read it. */
export function nameOf(text: string, catalogue: Topic[], places: { id: string; name: string }[]) {
  const { permission, namespaceId } = grantOf(text);
  const topic = catalogue.find(({ name }) => permission.startsWith(`${name}.`));
  const what = permission.endsWith('.*')
    ? groupText.wholeTopic
    : (topic?.permissions.find(({ name }) => name === permission)?.title ?? permission);
  const where = namespaceId
    ? ` (${groupText.inNamespace(places.find(({ id }) => id === namespaceId)?.name ?? namespaceId)})`
    : '';
  return `${topic?.title ?? ''}: ${what}${where}`;
}
