import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rights } from '../../kernel/access.ts';
import { isWay, rightsOf } from './giving.ts';

const [here, there] = ['0192f3a0-7b1c-7def-8abc-000000000001', '0192f3a0-7b1c-7def-8abc-000000000002'];
const grant = fc.record({
  groupId: fc.constant('group'),
  permission: fc.constantFrom('gateways.view', 'gateways.change', 'gateways.*', 'audit.view', 'audit.*'),
  namespaceId: fc.constantFrom(null, here, there),
});

test('a grant is a way exactly where rights of it alone give the permission, and several give what one of them does', () => {
  let yes = 0;
  fc.assert(
    fc.property(
      fc.array(grant, { maxLength: 4 }),
      fc.constantFrom('gateways.view', 'audit.view', 'accounts.view'),
      fc.constantFrom(null, here, there),
      fc.boolean(),
      (grants, permission, namespaceId, isOwner) => {
        const owning = isOwner ? [{ groupId: 'owners', permission: null, namespaceId: null }] : [];
        for (const each of grants)
          expect(isWay(each, permission, namespaceId)).toBe(Rights.of(false, [each]).may(permission, namespaceId));
        const isGiven = [...grants, ...owning].some((path) => isWay(path, permission, namespaceId));
        const holder = { id: 'somebody', kind: 'account' as const, mayAct: true, giving: [grants, owning] };
        expect(rightsOf(holder).may(permission, namespaceId)).toBe(isGiven);
        if (isGiven) yes++;
      },
    ),
    { numRuns: 1000 },
  );
  expect(yes).toBeGreaterThan(100);
});
