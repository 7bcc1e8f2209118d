import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { endImport, type GroupImport } from '../../api/imports.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Skeleton } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { importText as text } from '../../messages/en.imports.ts';
import { useTenantId } from '../../shell/where.ts';

const ImportEndLook = lazy(() => import('../delegations/DecisionLook.tsx').then((m) => ({ default: m.ImportEndLook })));

/** @param isOnGroup the page is that of the group, which ends with its import */
export function Ending({
  value,
  onClose,
  isOnGroup = false,
}: {
  value: GroupImport;
  onClose: () => void;
  isOnGroup?: boolean;
}) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return (
    <ConfirmDialog
      title={text.endQuestion(value.homeGroupName ?? text.unnamed)}
      verb={text.end}
      text={text.endText}
      breaks={value.side === 'home' ? text.endBreaksHome : text.endBreaks}
      onClose={onClose}
      onConfirm={async () => {
        await endImport(tenantId, value.id);
        onClose();
        toast({ text: text.endSaid });
        if (isOnGroup) await navigate({ to: '/t/$tenantId/groups', params: { tenantId } });
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'group-imports'] });
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups', 'list'] });
      }}
    >
      <Suspense fallback={<Skeleton lines={2} />}>
        <ImportEndLook id={value.id} isHome={value.side === 'home'} />
      </Suspense>
    </ConfirmDialog>
  );
}
