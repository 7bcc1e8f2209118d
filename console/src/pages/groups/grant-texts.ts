import type { Grant } from '../../api/types.ts';

/** A grant as one text: `permission` or `permission@namespace`. */
export const textOf = ({ permission, namespaceId }: Grant) =>
  namespaceId ? `${permission}@${namespaceId}` : permission;
export const grantOf = (text: string): Grant => {
  const [permission = '', namespaceId] = text.split('@');
  return namespaceId ? { permission, namespaceId } : { permission };
};
