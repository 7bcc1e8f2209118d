import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { makeImportKey } from '../../api/imports.ts';
import type { Group } from '../../api/types.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { isId } from '../../kit/ids.ts';
import { importText as text } from '../../messages/en.imports.ts';
import { useTenantId } from '../../shell/where.ts';

const idOf = (typed: string) => typed.trim().toLowerCase();
const check = ({ receivingTenantId }: { receivingTenantId: string; days: string }): Errors =>
  isId(idOf(receivingTenantId)) ? {} : { receivingTenantId: text.badReceiver };

export function ShareDialog({
  group,
  onClose,
  onMade,
}: {
  group: Group;
  onClose: () => void;
  onMade: (key: string | undefined) => void;
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const made = useRef<string | undefined>(undefined);
  const draft = useDraft({ receivingTenantId: '', days: '7' }, check);
  const { key } = useCreation(draft.values);
  return (
    <Dialog title={text.shareTitle(group.name)} onClose={onClose}>
      <p className="faint">{text.shareLead}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ receivingTenantId: text.receiver, days: text.days }}
        submit={text.makeKey}
        onCancel={onClose}
        onSubmit={async () => {
          const { receivingTenantId, days } = draft.values;
          const body = {
            groupId: group.id,
            receivingTenantId: idOf(receivingTenantId),
            days: Number(days),
          };
          made.current = (await makeImportKey(tenantId, body, key)).value;
          await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'import-keys'] });
        }}
        onDone={() => onMade(made.current)}
      >
        <TextField draft={draft} name="receivingTenantId" label={text.receiver} help={text.receiverHelp} autoFocus />
        <SelectField
          draft={draft}
          name="days"
          label={text.days}
          options={[1, 7, 14, 30].map((days) => ({ value: String(days), label: text.forDays(days) }))}
        />
      </Form>
    </Dialog>
  );
}
