import { useQueryClient } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import type { Action } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { isOffered, reasonOf, useTenantId } from '../shell/where.ts';
import { Button } from './Button.tsx';
import type { BulkAction } from './bulk-run.ts';
import type { MenuItem } from './Menu.tsx';
import { DangerRow } from './Page.tsx';
import { toast, useAct } from './toasts.tsx';

interface Switchable {
  id: string;
  actions: Action[];
}

interface Side {
  operation: string;
  act: (tenantId: string, id: string) => Promise<unknown>;
  /** Before a count: "Disable". */
  short: string;
  verb: string;
  title: string;
  text: string;
  said: (name: string) => string;
  isDangerous?: boolean;
  /** Who gains and loses by it, shown beside the button. */
  Look?: ComponentType<{ id: string }>;
}

/** What is turned on and off at once, each way with Undo: enabled and disabled, resumed and paused. */
export interface Switch<R extends Switchable> {
  /** First part of the cache keys that the switch touches. */
  area: string;
  nameOf: (row: R) => string;
  /** Which side it is on; neither while an invitation is open. */
  isOn: (row: R) => boolean | undefined;
  on: Side;
  off: Side;
}

type Way = 'on' | 'off';
const other = (way: Way): Way => (way === 'on' ? 'off' : 'on');

/** The same switch as row menu, as rows of the danger zone and for ticked rows. */
export function useSwitch<R extends Switchable>(definition: Switch<R>) {
  const { area, nameOf, isOn } = definition;
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const turn = (row: R, way: Way): Promise<unknown> =>
    run(row.id, async () => {
      const { act, said } = definition[way];
      await act(tenantId, row.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, area] });
      toast({ text: said(nameOf(row)), undo: () => turn(row, other(way)) });
    });
  const offered = (row: R) =>
    (['on', 'off'] as const).filter(
      (way) => isOffered(row.actions, definition[way].operation) && isOn(row) !== (way === 'on'),
    );
  return {
    items: (row: R): MenuItem[] =>
      offered(row).map((way) => ({
        label: definition[way].verb,
        reason: reasonOf(row.actions, definition[way].operation),
        onSelect: () => void turn(row, way),
      })),
    zone: (row: R) =>
      offered(row).map((way) => {
        const { operation, title, text, verb, isDangerous, Look } = definition[way];
        const reason = reasonOf(row.actions, operation);
        return (
          <DangerRow key={way} title={title} text={text} more={Look && !reason ? <Look id={row.id} /> : null}>
            <Button
              kind={isDangerous ? 'danger-quiet' : 'plain'}
              reason={reason}
              pending={pending === row.id}
              onClick={() => turn(row, way)}
            >
              {verb}
            </Button>
          </DangerRow>
        );
      }),
    bulk: (['on', 'off'] as const).map((way): BulkAction<R> => {
      const { operation, short, act } = definition[way];
      return {
        name: operation,
        verb: short,
        skip: (row) =>
          isOn(row) === (way === 'on')
            ? en.bulk.already
            : isOffered(row.actions, operation)
              ? reasonOf(row.actions, operation)
              : en.bulk.notOffered,
        act: (row) => act(tenantId, row.id),
        undo: (row) => definition[other(way)].act(tenantId, row.id),
      };
    }),
  };
}
