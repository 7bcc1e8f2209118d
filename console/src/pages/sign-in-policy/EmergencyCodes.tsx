import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { drillEmergencyCode, emergencyCodes, makeEmergencyCodes } from '../../api/sign-in-policy.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { SecretDialog } from '../../kit/secret.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { policyText as text } from '../../messages/en.sign-in-policy.ts';
import { useTenantId } from '../../shell/where.ts';

/** An owner's own codes for the emergency door: made, shown once, tried. */
export function EmergencyCodes() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const found = useQuery(emergencyCodes);
  const [codes, setCodes] = useState<string[]>();
  const [isDrill, setDrill] = useState(false);
  const { current, untried } = found.data ?? {};
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: emergencyCodes.queryKey });
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'sign-in-policy'] });
  };
  const make = async () => {
    const made = await makeEmergencyCodes();
    setCodes(made.codes);
    await refresh();
  };
  return (
    <Section
      title={text.yourCodes}
      lead={text.yourCodesLead}
      actions={
        <>
          <Button reason={current || untried ? null : text.none} onClick={() => setDrill(true)}>
            {text.drill}
          </Button>
          <Button pending={pending === 'make'} onClick={() => run('make', make)}>
            {current || untried ? text.makeNew : text.make}
          </Button>
        </>
      }
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.yourCodes} />
      ) : !found.data ? (
        <Skeleton lines={2} />
      ) : current || untried ? (
        <Facts
          items={[
            ...(current
              ? [
                  [text.inUse, text.inUseCount(current.unused)] as [string, string],
                  [text.tried, <Time key="t" at={current.triedAt} />] as [string, React.ReactNode],
                ]
              : []),
            ...(untried
              ? [[text.untried, text.inUseCount(untried.unused), text.untriedHelp] as [string, string, string]]
              : []),
          ]}
        />
      ) : (
        <p className="faint">{text.none}</p>
      )}
      {codes ? (
        <SecretDialog
          title={text.madeTitle}
          secrets={[
            {
              label: text.codesLabel,
              value: codes.join(' '),
              fileName: text.fileName,
              help: text.codesHelp(`${location.origin}/t/${tenantId}/emergency`),
            },
          ]}
          onDone={() => {
            setCodes(undefined);
            setDrill(true);
          }}
        >
          <ol className="codes">
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ol>
        </SecretDialog>
      ) : null}
      {isDrill ? <Drill onClose={() => setDrill(false)} onDone={refresh} /> : null}
    </Section>
  );
}

const check = checkBy({ code: 'required' });

function Drill({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const draft = useDraft({ code: '' }, check);
  return (
    <Dialog title={text.drillTitle} onClose={onClose}>
      <p>{text.drillLead}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ code: text.code }}
        submit={text.drill}
        isGuarded={false}
        onCancel={onClose}
        onSubmit={async () => {
          const { current } = await drillEmergencyCode(draft.values.code.trim());
          await onDone();
          toast({ text: text.drilled(text.inUseCount(current?.unused ?? 0)) });
        }}
        onDone={onClose}
      >
        <TextField draft={draft} name="code" label={text.code} autoFocus />
      </Form>
    </Dialog>
  );
}
