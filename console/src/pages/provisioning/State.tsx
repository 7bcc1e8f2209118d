import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeProvisioning } from '../../api/provisioning.ts';
import { provisioning } from '../../api/tenant.ts';
import type { Provisioning } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

type Way = 'pause' | 'off' | 'on';

const statuses = { on: 'active', paused: 'paused', off: 'disabled' } as const;

/** On, paused or off, what that means, and how it goes. */
export function State({ found: { value, version } }: { found: Versioned<Provisioning> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const [asked, setAsked] = useState<Way>();
  const { counts, lastCallAt, warnings } = value;
  const state = value.on ? (value.paused ? 'paused' : 'on') : 'off';
  const reason = reasonOf(value.actions, 'provisioning.change');
  const { queryKey } = provisioning(tenantId);
  const save = async (changes: { on?: boolean; paused?: boolean; guardOpenUntil?: null }, said: string) => {
    const now = await changeProvisioning(tenantId, version, changes).catch(async (error: unknown) => {
      // Somebody else saved first: what is shown is what is there now, for the next try.
      await queryClient.invalidateQueries({ queryKey });
      throw error;
    });
    queryClient.setQueryData(queryKey, now);
    toast({ text: said });
    // What accounts and groups allow depends on it.
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
  };
  const dialogs = {
    pause: {
      title: `${text.pauseAll}?`,
      verb: text.pauseAll,
      text: text.pauseAllText,
      breaks: text.pauseAllBreaks,
      act: () => save({ paused: true }, text.pausedAll),
    },
    off: {
      title: `${text.turnOff}?`,
      verb: text.turnOff,
      text: text.turnOffText,
      breaks: text.turnOffBreaks(counts.accounts, counts.groups),
      act: () => save({ on: false }, text.turnedOff),
    },
    on: {
      title: `${text.turnOn}?`,
      verb: text.turnOn,
      text: text.turnOnText,
      breaks: text.turnOnBreaks(counts.accounts, counts.groups),
      act: () => save({ on: true }, text.turnedOn),
    },
  };
  const dialog = asked && dialogs[asked];
  return (
    <Section
      title={text.stateTitle}
      lead={
        <>
          <Status status={statuses[state]} text={text.states[state]} /> {text.means[state]}
        </>
      }
      actions={
        state === 'off' ? (
          <Button reason={reason} onClick={() => setAsked('on')}>
            {text.turnOn}
          </Button>
        ) : (
          <>
            {state === 'paused' ? (
              <Button
                kind="primary"
                reason={reason}
                pending={pending === 'resume'}
                onClick={() => run('resume', () => save({ paused: false }, text.resumedAll))}
              >
                {text.resumeAll}
              </Button>
            ) : (
              <Button reason={reason} onClick={() => setAsked('pause')}>
                {text.pauseAll}
              </Button>
            )}
            <Button kind="danger-quiet" reason={reason} onClick={() => setAsked('off')}>
              {text.turnOff}
            </Button>
          </>
        )
      }
    >
      <div className="state-facts">
        <Facts
          items={[
            [text.people, <Managed key="a" to="accounts" count={counts.accounts} what={text.people} />],
            [text.groups, <Managed key="g" to="groups" count={counts.groups} what={text.groups} />],
            [text.liveTokens, number(counts.liveTokens)],
            [text.lastCall, <Time key="t" at={lastCallAt} none={text.neverCalled} />],
          ]}
        />
      </div>
      {warnings.length > 0 ? (
        <div className="state-warnings">
          <Note tone="warn" title={text.attention}>
            <ul>
              {warnings.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
            {value.guardOpenUntil ? (
              <p>
                <Button
                  size="xs"
                  reason={reason}
                  pending={pending === 'close'}
                  onClick={() => run('close', () => save({ guardOpenUntil: null }, text.guardClosed))}
                >
                  {text.closeGuard}
                </Button>{' '}
                {text.closesItself} <Time at={value.guardOpenUntil} />
              </p>
            ) : null}
          </Note>
        </div>
      ) : null}
      {dialog ? (
        <ConfirmDialog
          title={dialog.title}
          verb={dialog.verb}
          text={dialog.text}
          breaks={dialog.breaks}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await dialog.act();
            setAsked(undefined);
          }}
        />
      ) : null}
    </Section>
  );
}

/** How many are of provisioning, leading to them. */
function Managed({ to, count, what }: { to: 'accounts' | 'groups'; count: number; what: string }) {
  const tenantId = useTenantId();
  return (
    <Link
      to={`/t/$tenantId/${to}`}
      params={{ tenantId }}
      search={{ source: 'scim' } as never}
      aria-label={`${what}: ${number(count)}`}
    >
      {number(count)}
    </Link>
  );
}
