import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { eraseAccount, exportAccount } from '../../api/accounts.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DangerRow } from '../../kit/Page.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

/** Hands out what is held of a person. */
export function ExportRow({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  return (
    <DangerRow title={text.exportTitle} text={text.exportText}>
      <Button
        reason={reasonOf(value.actions, 'accounts.export')}
        pending={pending === 'export'}
        onClick={() =>
          run('export', async () => {
            await exportAccount(tenantId, value.id);
            await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'tasks'] });
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
    </DangerRow>
  );
}

/** Erases a person; the username is typed first. */
export function EraseRow({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  return (
    <DangerRow title={text.erase} text={text.eraseText}>
      <Button kind="danger-quiet" reason={reasonOf(value.actions, 'accounts.erase')} onClick={() => setAsking(true)}>
        {text.eraseVerb}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={text.eraseTitle(value.displayName)}
          verb={text.eraseVerb}
          text={text.eraseText}
          breaks={text.removeBreaks(value.groups.length)}
          typedName={value.username}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await eraseAccount(tenantId, value.id);
            toast({ text: text.erased });
            await navigate({ to: '/t/$tenantId/accounts', params: { tenantId }, ignoreBlocker: true });
            await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
          }}
        />
      ) : null}
    </DangerRow>
  );
}
