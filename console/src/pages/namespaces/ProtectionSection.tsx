import type { Versioned } from '../../api/client.ts';
import { changeNamespace } from '../../api/namespaces.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Section } from '../../kit/Page.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { protectionText as text } from '../../messages/en.protection.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

type Protection = Namespace['protection'];

/** How a namespace is protected, and the choice. */
export function ProtectionSection({
  found: { value, version },
  refresh,
}: {
  found: Versioned<Namespace>;
  refresh: () => Promise<unknown>;
}) {
  const tenantId = useTenantId();
  const { run, pending } = useAct();
  const { protection } = value;
  const reason = reasonOf(value.actions, 'namespaces.change');
  const button = (to: Protection, label: string, said: string) => (
    <Button
      reason={reason}
      pending={pending === to}
      onClick={() =>
        run(to, async () => {
          await changeNamespace(tenantId, value.id, version, { protection: to });
          await refresh();
          toast({ text: said });
        })
      }
    >
      {label}
    </Button>
  );
  return (
    <Section
      title={text.protection}
      lead={text.protections[protection]}
      actions={
        <>
          {protection === 'none' ? null : button('none', text.unprotect, text.nowOpen(value.name))}
          {protection === 'name'
            ? null
            : button('name', protection === 'none' ? text.protect : text.nameOnly, text.nowProtected(value.name))}
          {protection === 'approval' ? null : button('approval', text.approval, text.nowApproved(value.name))}
        </>
      }
    >
      {null}
    </Section>
  );
}
