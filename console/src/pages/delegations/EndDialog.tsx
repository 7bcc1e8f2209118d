import { useQueryClient } from '@tanstack/react-query';
import { type Delegation, endDelegation } from '../../api/delegations.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { useTenantId } from '../../shell/where.ts';
import { nameOf } from './names.ts';

export function EndDialog({ value, onClose }: { value: Delegation; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  return (
    <ConfirmDialog
      title={text.endQuestion(nameOf(value))}
      verb={text.end}
      text={text.endText}
      breaks={text.endBreaks}
      onClose={onClose}
      onConfirm={async () => {
        await endDelegation(tenantId, value.id);
        onClose();
        toast({ text: text.endSaid });
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'delegations'] });
      }}
    />
  );
}
