import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTenantId } from '../shell/where.ts';
import { Button } from './Button.tsx';
import type { Path } from './CreateLink.tsx';
import { ConfirmDialog } from './confirm.tsx';
import { DangerRow } from './Page.tsx';
import { toast } from './toasts.tsx';

/** The last row of a danger zone: deletes the object for good, after a question, and goes back to its list. */
export function DeleteRow({
  title,
  text,
  verb,
  reason,
  question,
  breaks,
  act,
  said,
  back,
  search = {},
  area,
  look,
}: {
  title: string;
  text: string;
  verb: string;
  reason: string | null;
  question: string;
  breaks: string[];
  act: () => Promise<unknown>;
  said: string;
  back: Path;
  /** How that list is to be shown. */
  search?: Record<string, string>;
  /** First part of the cache keys of its list. */
  area: string;
  /** Who loses what by it, and whether its name is typed for that. */
  look?: { shown: ReactNode; isGrave: boolean; name: string };
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  return (
    <DangerRow title={title} text={text}>
      <Button kind="danger-quiet" reason={reason} onClick={() => setAsking(true)}>
        {verb}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={question}
          verb={verb}
          text={text}
          breaks={breaks}
          {...(look?.isGrave ? { typedName: look.name } : {})}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await act();
            toast({ text: said });
            await navigate({
              to: back as never,
              params: { tenantId } as never,
              search: search as never,
              ignoreBlocker: true,
            });
            await queryClient.invalidateQueries({ queryKey: ['t', tenantId, area] });
          }}
        >
          {look?.shown}
        </ConfirmDialog>
      ) : null}
    </DangerRow>
  );
}
