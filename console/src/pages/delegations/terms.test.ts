import { expect, test } from 'vitest';
import { termsOf } from './terms.ts';

test('what customers let through is alike by permissions and namespaces, in whatever order', () => {
  const of = (permissions: string[], names: (string | null)[], askedNamespaces: string[] = []) =>
    termsOf({
      permissions,
      askedNamespaces,
      grants: names.map((namespaceName) => ({
        permission: 'gateways.view',
        namespaceId: namespaceName,
        namespaceName,
      })),
    });
  expect(of(['a', 'b'], ['live', 'test'])).toEqual(of(['b', 'a'], ['test', 'live', 'live', null]));
  expect(of(['a'], ['live'])).not.toEqual(of(['a'], ['test']));
  expect(of(['a'], ['live'])).not.toEqual(of(['a', 'b'], ['live']));
  // Where nothing counts now it is what was asked for.
  expect(of(['a'], [], ['live'])).toEqual(of(['a'], ['live']));
});
