import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTenantId } from '../shell/where.ts';
import type { Path } from './CreateLink.tsx';
import { Dialog } from './Dialog.tsx';
import { Form, type FormProps } from './Form.tsx';

/** Back to the list as it was: its filters, sort and page, without what the panel began with. */
export function useWayBack(list: Path) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  return () =>
    navigate({
      to: list as never,
      params: { tenantId } as never,
      search: (({ as: _as, ...old }: { as?: string }) => old) as never,
    });
}

/** The panel beside a list in which something is made. */
export function CreatePanel<K extends string>({
  title,
  lead,
  close,
  ...form
}: Omit<FormProps<K>, 'onCancel'> & { title: string; lead?: ReactNode; close: () => void }) {
  return (
    <Dialog title={title} kind="panel" onClose={close}>
      {lead ? <p className="faint">{lead}</p> : null}
      <Form {...form} onCancel={close} />
    </Dialog>
  );
}
