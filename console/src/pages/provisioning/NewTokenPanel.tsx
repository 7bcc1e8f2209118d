import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { issueToken } from '../../api/provisioning.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { PresetField, TextField } from '../../kit/fields.tsx';
import { expiryAfter, lifetimeOptions } from '../../kit/lifetime.ts';
import { checkBy } from '../../kit/rules.ts';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { useTenantId } from '../../shell/where.ts';

const TokenSecret = lazy(() => import('./TokenSecret.tsx').then((m) => ({ default: m.TokenSecret })));

const check = checkBy({ name: 'required' });

export function NewTokenPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [made, setMade] = useState<{ id: string; name: string; value: string }>();
  const draft = useDraft({ name: text.namePrefill, days: '30' }, check);
  const { key, startedAtMs } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/provisioning');
  if (made)
    return (
      <Suspense>
        <TokenSecret
          name={made.name}
          value={made.value}
          onDone={() =>
            navigate({
              to: '/t/$tenantId/provisioning/$id',
              params: { tenantId, id: made.id },
              search: { waiting: '1' } as never,
              ignoreBlocker: true,
            })
          }
        />
      </Suspense>
    );
  return (
    <CreatePanel
      title={text.newTitle}
      close={close}
      draft={draft}
      check={check}
      labels={{ name: text.name, days: text.expiry }}
      submit={text.create}
      onSubmit={async () => {
        const { id, name, value } = await issueToken(
          tenantId,
          { name: draft.values.name.trim(), expiresAt: expiryAfter(draft.values.days, startedAtMs) },
          key,
        );
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'provisioning-tokens'] });
        if (value) setMade({ id, name, value });
        else await navigate({ to: '/t/$tenantId/provisioning/$id', params: { tenantId, id }, ignoreBlocker: true });
      }}
    >
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus spellCheck />
      <PresetField draft={draft} name="days" label={text.expiry} help={text.expiryHelp} options={lifetimeOptions} />
    </CreatePanel>
  );
}
