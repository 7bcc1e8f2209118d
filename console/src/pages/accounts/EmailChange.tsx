import { useQueryClient } from '@tanstack/react-query';
import { cancelEmailChange, changeEmail } from '../../api/accounts.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

/** An address that waits to be confirmed: until when, sending again, keeping the old one. */
export function PendingEmail({
  pending,
  reason,
  again,
  cancel,
}: {
  pending: { email: string; expiresAt: string };
  reason: string | null;
  again: () => Promise<unknown>;
  cancel: () => Promise<unknown>;
}) {
  const { run, pending: running } = useAct();
  const isOver = Date.parse(pending.expiresAt) < Date.now();
  return (
    <div className="note note-info">
      <div className="note-row">
        <span>
          <strong className="block">{text.emailPending(pending.email)}</strong>
          {isOver ? text.emailExpired : text.emailUntil(localTime(pending.expiresAt))}
        </span>
        <span className="page-actions">
          <Button
            reason={reason}
            pending={running === 'again'}
            onClick={() =>
              run('again', async () => {
                await again();
                toast({ text: text.emailAsked(pending.email) });
              })
            }
          >
            {text.sendAgain}
          </Button>
          <Button
            reason={reason}
            pending={running === 'cancel'}
            onClick={() =>
              run('cancel', async () => {
                await cancel();
                toast({ text: text.emailKept });
              })
            }
          >
            {text.keepEmail}
          </Button>
        </span>
      </div>
    </div>
  );
}

/** The pending change of an account, for administrators. */
export function EmailChange({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  if (!value.emailChange) return null;
  const { email } = value.emailChange;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
  return (
    <PendingEmail
      pending={value.emailChange}
      reason={reasonOf(value.actions, 'accounts.change-email')}
      again={() => changeEmail(tenantId, value.id, email).then(refresh)}
      cancel={() => cancelEmailChange(tenantId, value.id).then(refresh)}
    />
  );
}
