import type { Group } from '../../api/types.ts';
import { useGroupLook, useLook } from '../access/looking.tsx';

/** Who gains and loses when groups are turned on or off: together, and by each of those whose people only their home counts. */

type Status = 'enabled' | 'disabled';

const ofHome = ({ source }: Group) => source === 'imported';

function Imported({ group, status, isOne }: { group: Group; status: Status; isOne: boolean }) {
  return useGroupLook(group.id, { status }, isOne ? undefined : group.name).shown;
}

function SwitchLook({ rows, status }: { rows: Group[]; status: Status }) {
  const ids = rows.filter((group) => !ofHome(group)).map(({ id }) => id);
  const { shown } = useLook(ids.length > 0 ? { groups: { ids, status } } : null);
  return (
    <>
      {shown}
      {rows.filter(ofHome).map((group) => (
        <Imported key={group.id} group={group} status={status} isOne={rows.length === 1} />
      ))}
    </>
  );
}

export function Enabling({ rows }: { rows: Group[] }) {
  return <SwitchLook rows={rows} status="enabled" />;
}

export function Disabling({ rows }: { rows: Group[] }) {
  return <SwitchLook rows={rows} status="disabled" />;
}
