import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { createProvider } from '../../api/providers.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, PresetField, TextField } from '../../kit/fields.tsx';
import { Page } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { en } from '../../messages/en.ts';
import { useHolds, usePlace, useTenantId } from '../../shell/where.ts';
import { beginnings, vendors } from './vendors.ts';

const check = checkBy({ name: 'required' });

/** Chooses the product. Everything else comes beside its guide, with the addresses that the new provider has. */
export function NewProviderPage() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const mayCreate = useHolds('identity-providers.change');
  const draft = useDraft<string>(
    { vendor: 'entra', type: 'oidc', name: text.vendors.entra ?? '', description: '' },
    check,
  );
  const { key } = useCreation(draft.values);
  const { vendor = '', type = '', name = '', description = '' } = draft.values;
  const types = vendors[vendor] ?? [];
  // The name and the protocol follow the product until somebody chooses others.
  const withProduct = {
    ...draft,
    set: (field: string, value: string) => {
      draft.set(field, value);
      if (field !== 'vendor') return;
      if (name === text.vendors[vendor] || name === '')
        draft.set('name', value === 'generic' ? '' : (text.vendors[value] ?? ''));
      if (!vendors[value]?.includes(type as never)) draft.set('type', vendors[value]?.[0] ?? 'oidc');
    },
  };
  return (
    <Page
      title={text.newTitle}
      place={usePlace()}
      lead={text.newLead}
      crumb={
        <Link to="/t/$tenantId/identity-providers" params={{ tenantId }}>
          {text.title}
        </Link>
      }
    >
      <Form
        draft={draft}
        check={check}
        labels={{ vendor: text.vendor, type: text.protocol, name: text.name, description: text.description }}
        submit={text.newVerb}
        reason={mayCreate ? null : en.noPermission.needs('identity-providers.change')}
        onCancel={() => navigate({ to: '/t/$tenantId/identity-providers', params: { tenantId } })}
        onSubmit={async () => {
          const { id } = await createProvider(
            tenantId,
            {
              ...beginnings[`${vendor}.${type}`],
              name: name.trim(),
              type: type as IdentityProvider['type'],
              description: description.trim(),
            },
            key,
          );
          void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'identity-providers'] });
          toast({ text: text.made(name.trim()) });
          await navigate({
            to: '/t/$tenantId/identity-providers/$id',
            params: { tenantId, id },
            search: { guide: vendor } as never,
            ignoreBlocker: true,
          });
        }}
      >
        <PresetField
          draft={withProduct}
          name="vendor"
          label={text.vendor}
          options={Object.keys(vendors).map((value) => ({ value, label: text.vendors[value] ?? value }))}
        />
        <PresetField
          draft={draft}
          name="type"
          label={text.protocol}
          help={text.protocolHelp}
          options={types.map((value) => ({ value, label: text.types[value] ?? value }))}
        />
        <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} spellCheck />
        <AreaField draft={draft} name="description" label={text.description} optional />
      </Form>
    </Page>
  );
}
