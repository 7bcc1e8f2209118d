import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeProvider, deleteProvider, endSetUpLink, identitiesOf, makeSetUpLink } from '../../api/providers.ts';
import { identityProvider } from '../../api/tenant.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField } from '../../kit/fields.tsx';
import { DangerRow, Section } from '../../kit/Page.tsx';
import { SecretDialog } from '../../kit/secret.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { ActivateDialog, DeactivateDialog } from './acts.tsx';

/** The description, the set-up link, and what changes the state of the provider as a whole. */
export function ProviderActs({ found }: { found: Versioned<IdentityProvider> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { run, pending } = useAct();
  const [dialog, setDialog] = useState<'activate' | 'deactivate' | 'delete'>();
  const [link, setLink] = useState<string>();
  const { value, version } = found;
  const { id, name, status, setUpLinkExpiresAt } = value;
  const query = identityProvider(tenantId, id);
  const links = useQuery({ ...identitiesOf(tenantId, id, { limit: 1 }), enabled: dialog === 'delete' }).data?.total;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'identity-providers'] });
  const reason = (act: string) => reasonOf(value.actions, `identity-providers.${act}`);
  const close = () => setDialog(undefined);
  const make = () =>
    run('link', async () => {
      const { url } = await makeSetUpLink(tenantId, id);
      setLink(url);
      await refresh();
    });
  const end = () =>
    run('end', async () => {
      await endSetUpLink(tenantId, id);
      await refresh();
      toast({ text: text.setUpLinkEnded });
    });
  return (
    <>
      <EditSection
        title={text.description}
        found={found}
        operation="identity-providers.change"
        labels={{ description: text.description }}
        valuesOf={({ description }) => ({ description })}
        save={(was, changes) => changeProvider(tenantId, id, was, changes)}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={partText.saved}
        fields={(draft) => <AreaField draft={draft} name="description" label={text.description} optional />}
      />
      <Section title={text.danger} tone="danger">
        <DangerRow title={text.setUpLink} text={text.setUpLinkText}>
          <div className="row-acts">
            {setUpLinkExpiresAt ? (
              <>
                <span className="small">
                  {text.setUpLinkOpen} <Time at={setUpLinkExpiresAt} />
                </span>
                <Button reason={reason('change')} pending={pending === 'end'} onClick={end}>
                  {text.setUpLinkEnd}
                </Button>
              </>
            ) : null}
            <Button reason={reason('make-set-up-link')} pending={pending === 'link'} onClick={make}>
              {setUpLinkExpiresAt ? text.setUpLinkAgain : text.setUpLinkVerb}
            </Button>
          </div>
        </DangerRow>
        {status === 'active' ? (
          <DangerRow title={text.deactivateTitle} text={text.deactivateText}>
            <Button kind="danger-quiet" reason={reason('deactivate')} onClick={() => setDialog('deactivate')}>
              {text.deactivate}
            </Button>
          </DangerRow>
        ) : (
          <DangerRow title={text.activateTitle} text={text.activateText}>
            <Button reason={reason('activate')} onClick={() => setDialog('activate')}>
              {text.activate}
            </Button>
          </DangerRow>
        )}
        <DangerRow title={text.remove} text={text.removeText}>
          <Button kind="danger-quiet" reason={reason('delete')} onClick={() => setDialog('delete')}>
            {text.removeVerb}
          </Button>
        </DangerRow>
      </Section>
      {dialog === 'activate' ? <ActivateDialog value={value} onClose={close} /> : null}
      {dialog === 'deactivate' ? <DeactivateDialog value={value} onClose={close} /> : null}
      {dialog === 'delete' ? (
        <ConfirmDialog
          title={text.removeQuestion(name)}
          verb={text.removeVerb}
          text={text.removeText}
          breaks={links === undefined ? [] : text.removeBreaks(links)}
          typedName={name}
          onClose={close}
          onConfirm={async () => {
            await deleteProvider(tenantId, id, version);
            toast({ text: text.removed(name) });
            await navigate({ to: '/t/$tenantId/identity-providers', params: { tenantId }, ignoreBlocker: true });
            await refresh();
          }}
        />
      ) : null}
      {link ? (
        <SecretDialog
          title={text.setUpLinkTitle}
          secrets={[
            {
              label: text.setUpLinkLabel,
              value: link,
              fileName: `${name.replace(/[^\w-]+/g, '-')}-set-up.txt`,
              help: text.setUpLinkHelp,
            },
          ]}
          onDone={() => setLink(undefined)}
        />
      ) : null}
    </>
  );
}
