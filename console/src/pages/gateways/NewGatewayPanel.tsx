import { useQueryClient } from '@tanstack/react-query';
import { createGateway } from '../../api/gateways.ts';
import { CreatePanel } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { checkBy } from '../../kit/rules.ts';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { useTenantId } from '../../shell/where.ts';
import { GatewayFields, gatewayLabels } from './fields.tsx';
import { linesOf } from './lines.ts';

const check = checkBy({ name: 'required' });

export function NewGatewayPanel({
  namespaceId,
  onClose,
  onMade,
}: {
  namespaceId: string;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const draft = useDraft(
    { name: '', prefix: '', description: '', identityProviderId: '', audiences: '', agentCertificates: '' },
    check,
  );
  const { key } = useCreation(draft.values);
  return (
    <CreatePanel
      title={text.newTitle}
      close={onClose}
      draft={draft}
      check={check}
      labels={gatewayLabels}
      submit={text.create}
      onSubmit={async () => {
        const { name, prefix, description, identityProviderId, audiences } = draft.values;
        const { id } = await createGateway(
          { tenantId, namespaceId },
          {
            name: name.trim(),
            prefix: prefix.trim(),
            description: description.trim(),
            identityProviderId: identityProviderId || null,
            audiences: linesOf(audiences),
          },
          key,
        );
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'gateways'] });
        onMade(id);
      }}
    >
      <GatewayFields draft={draft} isNew />
    </CreatePanel>
  );
}
