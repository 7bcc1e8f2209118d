import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { changeGroup, deleteGroup } from '../../api/groups.ts';
import { group } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField, TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { useSwitch } from '../../kit/switch.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { useGroupLook } from '../access/looking.tsx';
import { OwnerOf } from './OwnerOf.tsx';
import { groupSwitch } from './switch.ts';

const check = checkBy({ name: 'required' });

export function GroupDetails({ found }: { found: Versioned<Group> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { zone } = useSwitch(groupSwitch);
  const { value, version } = found;
  const deletion = useGroupLook(value.id, value.isOwnerGroup ? null : { status: 'deleted' });
  const query = group(tenantId, value.id);
  const fixedName = value.isOwnerGroup
    ? text.ownerName
    : value.source === 'local'
      ? null
      : reasonOf(value.actions, 'groups.add-members');
  return (
    <>
      <EditSection
        title={text.tabDetails}
        found={found}
        operation="groups.change"
        labels={{ name: text.name, description: text.description }}
        valuesOf={({ name, description }) => ({ name, description })}
        check={check}
        save={(was, changes) => changeGroup(tenantId, value.id, was, changes)}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => (
          <>
            {fixedName ? (
              <Facts isLocked items={[[text.name, value.name, fixedName]]} />
            ) : (
              <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} spellCheck />
            )}
            <AreaField draft={draft} name="description" label={text.description} optional />
          </>
        )}
      >
        <Facts items={[[text.source, text.sources[value.source] ?? value.source]]} />
      </EditSection>
      <Section title={text.owner}>
        <OwnerOf found={found} />
      </Section>
      <Section title={text.danger} tone="danger">
        {zone(value)}
        <DeleteRow
          title={text.remove_}
          text={text.deleteText}
          verb={text.deleteVerb}
          reason={reasonOf(value.actions, 'groups.delete')}
          question={text.deleteTitle(value.name)}
          breaks={value.memberCount ? [text.deleteBreaks(value.memberCount, value.memberCountIsAtLeast)] : []}
          act={() => deleteGroup(tenantId, value.id, version)}
          said={text.deleted(value.name)}
          back="/t/$tenantId/groups"
          area="groups"
          look={{ ...deletion, name: value.name }}
        />
      </Section>
    </>
  );
}
