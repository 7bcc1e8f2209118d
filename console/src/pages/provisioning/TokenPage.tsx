import { IconCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { cancelRotation, revokeToken, rotateToken } from '../../api/provisioning.ts';
import { token, tokens } from '../../api/tenant.ts';
import type { ProvisioningToken } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { announce } from '../../kit/live.ts';
import { DangerRow, Facts, Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { useSwitch } from '../../kit/switch.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { en } from '../../messages/en.ts';
import { isOffered, reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';
import { curlOf, useScimBaseUrl } from './scim.ts';
import { tokenSwitch } from './switch.ts';
import { TokenSecret } from './TokenSecret.tsx';

const OverlapDialog = lazy(() => import('../../kit/OverlapDialog.tsx').then((m) => ({ default: m.OverlapDialog })));

export function TokenPage() {
  const tenantId = useTenantId();
  const { waiting } = useSearch({ strict: false }) as { waiting?: string };
  const found = useQuery({
    ...token(tenantId, useObjectId()),
    // Until the first call has come, the page asks whether it has.
    refetchInterval: ({ state }) =>
      state.data && state.data.value.lastUsedAt === null && ['active', 'rotating'].includes(state.data.value.state)
        ? 2000
        : false,
  });
  return (
    <DetailPage
      found={found}
      parent={{ to: '/t/$tenantId/provisioning', title: text.title }}
      one={text.page}
      nameOf={({ name }) => name}
      statusOf={({ state }) => <Status status={state} />}
      above={(value) => <FirstCall value={value} wasWaiting={waiting !== undefined} />}
    >
      {({ value }) => <TokenDetails value={value} />}
    </DetailPage>
  );
}

/** Waits for the first authenticated call and turns green when it comes. */
function FirstCall({ value, wasWaiting }: { value: ProvisioningToken; wasWaiting: boolean }) {
  const [hasWaited, setWaited] = useState(wasWaiting);
  const baseUrl = useScimBaseUrl();
  const isWaiting = value.lastUsedAt === null && ['active', 'rotating'].includes(value.state);
  useEffect(() => {
    if (isWaiting) setWaited(true);
    else if (hasWaited && value.lastUsedAt) announce(text.arrived);
  }, [isWaiting, hasWaited, value.lastUsedAt]);
  if (!isWaiting && !(hasWaited && value.lastUsedAt)) return null;
  const curl = curlOf(baseUrl, '<token>');
  return (
    <div className={`first-call${isWaiting ? '' : ' first-call-arrived'}`} role="status">
      <span className="first-call-mark">
        {isWaiting ? <span className="spinner" aria-hidden="true" /> : <IconCheck size={20} aria-hidden="true" />}
      </span>
      <div>
        <strong>{isWaiting ? text.waiting : text.arrived}</strong>
        {isWaiting ? (
          <div className="command">
            <code>{curl}</code>
            <CopyButton value={curl} label={`${en.action.copy}: curl`} />
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** The token that took over, by its name; by its id alone while that is not known. */
function Successor({ id }: { id: string }) {
  const next = useQuery(token(useTenantId(), id)).data?.value;
  return (
    <>
      <ObjectLink to="provisioning" id={id}>
        {next?.name ?? id}
      </ObjectLink>
      {next ? <code className="faint"> …{next.lastFour}</code> : null}
    </>
  );
}

function TokenDetails({ value }: { value: ProvisioningToken }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { run, pending } = useAct();
  const [dialog, setDialog] = useState<'rotate' | 'revoke'>();
  const [made, setMade] = useState<{ id: string; name: string; value: string }>();
  const active = useQuery({
    ...tokens(tenantId, { state: 'active,rotating', limit: 2 }),
    enabled: dialog === 'revoke',
  }).data;
  const isLast = value.state === 'active' && (active?.items.every(({ id }) => id === value.id) ?? false);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'provisioning-tokens'] });
  const reason = (name: string) => reasonOf(value.actions, `provisioning-tokens.${name}`);
  const { zone } = useSwitch(tokenSwitch);
  return (
    <>
      {value.state === 'rotating' ? (
        <Note title={text.rotating}>
          {value.endsAt ? (
            <p>
              {text.endsAt} <Time at={value.endsAt} />
            </p>
          ) : null}
        </Note>
      ) : null}
      <Section title={text.details}>
        <Facts
          items={[
            [text.lastFour, <code key="f">…{value.lastFour}</code>],
            [text.createdBy, value.createdBy.name],
            [text.lastUsed, <Time key="u" at={value.lastUsedAt} none={text.neverCalled} />],
            [text.expires, <Time key="e" at={value.expiresAt} />],
            ...(value.successorId
              ? ([[text.successor, <Successor key="s" id={value.successorId} />]] as [string, React.ReactNode][])
              : []),
          ]}
        />
      </Section>
      <Section title={text.actions} tone="danger">
        {isOffered(value.actions, 'provisioning-tokens.cancel-rotation') && value.state === 'rotating' ? (
          <DangerRow title={text.cancelRotation} text={text.cancelRotationText}>
            <Button
              reason={reason('cancel-rotation')}
              pending={pending === 'cancel'}
              onClick={() =>
                run('cancel', async () => {
                  await cancelRotation(tenantId, value.id);
                  await refresh();
                  toast({ text: text.cancelled });
                })
              }
            >
              {text.cancelRotation}
            </Button>
          </DangerRow>
        ) : (
          <DangerRow title={text.rotate} text={text.rotateText}>
            <Button reason={reason('rotate')} onClick={() => setDialog('rotate')}>
              {text.rotateVerb}
            </Button>
          </DangerRow>
        )}
        {zone(value)}
        <DangerRow title={text.revoke} text={text.revokeText}>
          <Button kind="danger-quiet" reason={reason('revoke')} onClick={() => setDialog('revoke')}>
            {text.revokeVerb}
          </Button>
        </DangerRow>
      </Section>
      {dialog === 'rotate' ? (
        <Suspense>
          <OverlapDialog
            title={text.rotateTitle(value.name)}
            text={text.rotateText}
            label={text.overlap}
            verb={text.rotateVerb}
            options={text.overlaps}
            first="3600"
            onClose={() => setDialog(undefined)}
            onConfirm={async (overlapSeconds) => {
              const next = await rotateToken(tenantId, value.id, overlapSeconds);
              setDialog(undefined);
              void refresh();
              if (next.value) setMade({ id: next.id, name: next.name, value: next.value });
            }}
          />
        </Suspense>
      ) : null}
      {dialog === 'revoke' ? (
        <ConfirmDialog
          title={text.revokeTitle(value.name)}
          verb={text.revokeVerb}
          text={text.revokeText}
          breaks={[...text.revokeBreaks(value.lastUsedAt !== null), ...(isLast ? [text.lastToken] : [])]}
          {...(isLast ? { typedName: value.name } : {})}
          onClose={() => setDialog(undefined)}
          onConfirm={async () => {
            await revokeToken(tenantId, value.id);
            setDialog(undefined);
            await refresh();
            toast({ text: text.revoked(value.name) });
          }}
        />
      ) : null}
      {made ? (
        <TokenSecret
          name={made.name}
          value={made.value}
          onDone={() => {
            setMade(undefined);
            void navigate({
              to: '/t/$tenantId/provisioning/$id',
              params: { tenantId, id: made.id },
              search: { waiting: '1' } as never,
            });
          }}
        />
      ) : null}
    </>
  );
}
