import { useState } from 'react';
import type { Group } from '../../api/types.ts';
import { idsOf } from '../../kit/switch.tsx';
import { accessText } from '../../messages/en.access.ts';
import { useGroupLook, useLook } from '../access/looking.tsx';

/** Who gains and loses when groups are turned on or off: together, and by each of those whose people only their home counts. */

type Status = 'enabled' | 'disabled';

/** Each asks another organisation: so many are looked at without being opened. */
const LOOKED_AT = 3;

const ofHome = ({ source }: Group) => source === 'imported';

function Imported({ group, status, isOne }: { group: Group; status: Status; isOne: boolean }) {
  return useGroupLook(group.id, { status }, isOne ? undefined : group.name).shown;
}

function WhenOpened(given: { group: Group; status: Status }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{accessText.effectOf(given.group.name)}</summary>
      {isOpen ? <Imported {...given} isOne /> : null}
    </details>
  );
}

function SwitchLook({ rows, status }: { rows: Group[]; status: Status }) {
  const ids = idsOf(rows.filter((group) => !ofHome(group)));
  const imported = rows.filter(ofHome);
  const { shown } = useLook(ids.length > 0 ? { groups: { ids, status } } : null);
  return (
    <>
      {shown}
      {imported.length > LOOKED_AT
        ? imported.map((group) => <WhenOpened key={group.id} group={group} status={status} />)
        : imported.map((group) => <Imported key={group.id} group={group} status={status} isOne={rows.length === 1} />)}
    </>
  );
}

export function Enabling({ rows }: { rows: Group[] }) {
  return <SwitchLook rows={rows} status="enabled" />;
}

export function Disabling({ rows }: { rows: Group[] }) {
  return <SwitchLook rows={rows} status="disabled" />;
}
