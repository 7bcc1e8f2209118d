import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { askErasure, cancelOwnEmailChange, changeOwnEmail, exportOwn, ownEmail } from '../../api/accounts.ts';
import { me } from '../../api/session.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { PendingEmail } from '../accounts/EmailChange.tsx';

const EmailDialog = lazy(() => import('../accounts/EmailDialog.tsx').then((m) => ({ default: m.EmailDialog })));

/** The person's own address and the one that waits to be confirmed. */
export function OwnEmail() {
  const queryClient = useQueryClient();
  const found = useQuery(ownEmail);
  const [isAsking, setAsking] = useState(false);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ownEmail.queryKey });
  const change = (email: string) => changeOwnEmail(email).then(refresh);
  return (
    <Section title={text.email} actions={<Button onClick={() => setAsking(true)}>{text.changeEmail}</Button>}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : !found.data ? (
        <Skeleton />
      ) : (
        <>
          <Facts items={[[text.email, found.data.email]]} />
          {found.data.pending ? (
            <PendingEmail
              pending={found.data.pending}
              reason={null}
              again={() => change(found.data.pending?.email ?? '')}
              cancel={() => cancelOwnEmailChange().then(refresh)}
            />
          ) : null}
        </>
      )}
      {isAsking ? (
        <Suspense fallback={null}>
          <EmailDialog
            title={text.changeEmail}
            lead={text.changeEmailText}
            act={change}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      ) : null}
    </Section>
  );
}

/** What is held of oneself, as a file that nobody else can read; who wants it gone asks the owners. */
export function OwnData() {
  const { run, pending } = useAct();
  const [isAsking, setAsking] = useState(false);
  const tenantId = useQuery(me).data?.tenantId;
  if (!tenantId) return null;
  return (
    <Section
      title={text.ownData}
      lead={text.ownDataText}
      actions={
        <>
          <Button onClick={() => setAsking(true)}>{text.askErasure}</Button>
          <Button
            pending={pending === 'export'}
            onClick={() =>
              run('export', async () => {
                await exportOwn();
                toast({
                  text: text.exportStarted,
                  link: (
                    <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
                      {text.toTasks}
                    </Link>
                  ),
                });
              })
            }
          >
            {text.exportVerb}
          </Button>
        </>
      }
    >
      {isAsking ? (
        <ConfirmDialog
          title={text.askErasure}
          verb={text.askErasureVerb}
          text={text.askErasureText}
          kind="primary"
          onConfirm={async () => {
            await askErasure();
            setAsking(false);
            toast({ text: text.askedErasure });
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Section>
  );
}
