import type { Explanation } from '../../api/access.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { Time } from '../../kit/Time.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { useRightNames } from './right-names.ts';
import type { Right } from './rights.ts';

export const grantText = (nameOf: ReturnType<typeof useRightNames>, grant: Right | null) =>
  grant ? nameOf(grant) : '';

/** By which groups a right reaches somebody. */
export function Paths({ paths, isLong = false }: { paths: Explanation['paths']; isLong?: boolean }) {
  const nameOf = useRightNames();
  return (
    <ul>
      {paths.map(({ group, grant, memberSince, memberUntil, delegation }) => (
        <li key={`${group.id} ${grant?.permission}@${grant?.namespaceId}`}>
          <ObjectLink to="groups" id={group.id} tab="permissions">
            {delegation ? text.pathByPartner(group.name) : text.path(group.name)}
          </ObjectLink>
          {isLong ? (
            <>
              {' '}
              <span className="faint small">
                {text.since} <Time at={memberSince} />
                {memberUntil ? (
                  <>
                    {' '}
                    {text.until} <Time at={memberUntil} />
                  </>
                ) : null}
              </span>
            </>
          ) : null}
          , {group.isOwnerGroup ? text.owner : text.granted(grantText(nameOf, grant))}
        </li>
      ))}
    </ul>
  );
}
