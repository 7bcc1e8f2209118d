import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { duplicateGroup } from '../../api/groups.ts';
import type { Group } from '../../api/types.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { useTenantId } from '../../shell/where.ts';

const check = checkBy({ name: 'required' });

export function DuplicateDialog({ group, onClose }: { group: Group; onClose: () => void }) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const made = useRef({ id: '', name: '' });
  const [withMembers, setWithMembers] = useState(false);
  const draft = useDraft({ name: text.copyOf(group.name) }, check);
  const { key } = useCreation({ ...draft.values, withMembers: String(withMembers) });
  return (
    <Dialog title={text.duplicateTitle(group.name)} onClose={onClose}>
      <p className="faint">{text.duplicateText}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ name: text.name }}
        submit={text.duplicate}
        onCancel={onClose}
        onSubmit={async () => {
          made.current = await duplicateGroup(tenantId, group.id, { name: draft.values.name.trim(), withMembers }, key);
          await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
        }}
        onDone={() => {
          toast({ text: text.made(made.current.name) });
          void navigate({ to: '/t/$tenantId/groups/$id', params: { tenantId, id: made.current.id } });
          onClose();
        }}
      >
        <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus spellCheck />
        {/* Those of an imported group are its home's to choose. */}
        {group.source === 'imported' ? null : (
          <label className="check">
            <input
              type="checkbox"
              checked={withMembers}
              onChange={(event) => setWithMembers(event.currentTarget.checked)}
            />
            <span>{text.duplicateMembers}</span>
          </label>
        )}
      </Form>
    </Dialog>
  );
}
