import { useQueryClient } from '@tanstack/react-query';
import { activateProvider, deactivateProvider } from '../../api/providers.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Note } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { useTenantId } from '../../shell/where.ts';
import { isProved } from './standing.ts';

interface Asked {
  value: Pick<IdentityProvider, 'id' | 'name' | 'lastTest' | 'updatedAt'>;
  onClose: () => void;
}

const useRefresh = () => {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'identity-providers'] });
};

/** Without a test that passed it asks for the name. */
export function ActivateDialog({ value, onClose }: Asked) {
  const { id, name } = value;
  const tenantId = useTenantId();
  const refresh = useRefresh();
  return (
    <ConfirmDialog
      title={text.activateQuestion(name)}
      verb={text.activate}
      text={text.activateText}
      {...(isProved(value) ? { kind: 'primary' } : { typedName: name })}
      onClose={onClose}
      onConfirm={async () => {
        await activateProvider(tenantId, id);
        onClose();
        await refresh();
        toast({ text: text.activated(name) });
      }}
    >
      {isProved(value) ? null : <Note tone="warn">{text.activateUntested}</Note>}
    </ConfirmDialog>
  );
}

export function DeactivateDialog({ value: { id, name }, onClose }: Asked) {
  const tenantId = useTenantId();
  const refresh = useRefresh();
  return (
    <ConfirmDialog
      title={text.deactivateQuestion(name)}
      verb={text.deactivate}
      text={text.deactivateText}
      breaks={text.deactivateBreaks}
      onClose={onClose}
      onConfirm={async () => {
        await deactivateProvider(tenantId, id);
        onClose();
        await refresh();
        toast({ text: text.deactivated(name) });
      }}
    />
  );
}
