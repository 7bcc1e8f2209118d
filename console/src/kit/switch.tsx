import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, useState } from 'react';
import type { Action } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { isOffered, reasonOf, useTenantId } from '../shell/where.ts';
import { Button } from './Button.tsx';
import type { BulkAction } from './bulk-run.ts';
import { ConfirmDialog } from './confirm.tsx';
import type { MenuItem } from './Menu.tsx';
import { DangerRow } from './Page.tsx';
import { toast, useAct } from './toasts.tsx';

interface Switchable {
  id: string;
  actions: Action[];
}

interface Side<R> {
  operation: string;
  act: (tenantId: string, id: string) => Promise<unknown>;
  /** Before a count: "Disable". */
  short: string;
  verb: string;
  title: string;
  text: string;
  said: (name: string) => string;
  isDangerous?: boolean;
  /** Who gains and loses by all of them together, shown beside the button and asked about in lists. */
  Look?: ComponentType<{ rows: R[] }>;
  /** Said before it is done to ticked rows, with their look. */
  textOfMany?: string;
}

/** What is turned on and off at once, each way with Undo: enabled and disabled, resumed and paused. */
export interface Switch<R extends Switchable> {
  /** First part of the cache keys that the switch touches. */
  area: string;
  nameOf: (row: R) => string;
  /** Which side it is on; neither while an invitation is open. */
  isOn: (row: R) => boolean | undefined;
  on: Side<R>;
  off: Side<R>;
}

interface EnablingText {
  enable: string;
  enableVerb: string;
  enableText: string;
  enableManyText: string;
  enabled: (name: string) => string;
  disable: string;
  disableVerb: string;
  disableText: string;
  disableManyText: string;
  disabled: (name: string) => string;
}

interface Enabling<R extends Switchable> extends Pick<Switch<R>, 'area' | 'nameOf' | 'isOn'> {
  text: EnablingText;
  enable: Side<R>['act'];
  disable: Side<R>['act'];
  Enabling: ComponentType<{ rows: R[] }>;
  Disabling: ComponentType<{ rows: R[] }>;
}

/** Of what is enabled and disabled by the operations of that name in its area, with a look at each. */
export const enablingSwitch = <R extends Switchable>({ text, enable, disable, ...of }: Enabling<R>): Switch<R> => ({
  area: of.area,
  nameOf: of.nameOf,
  isOn: of.isOn,
  on: {
    operation: `${of.area}.enable`,
    act: enable,
    short: en.bulk.enable,
    verb: text.enableVerb,
    title: text.enable,
    text: text.enableText,
    textOfMany: text.enableManyText,
    said: text.enabled,
    Look: of.Enabling,
  },
  off: {
    operation: `${of.area}.disable`,
    act: disable,
    short: en.bulk.disable,
    verb: text.disableVerb,
    title: text.disable,
    text: text.disableText,
    textOfMany: text.disableManyText,
    said: text.disabled,
    Look: of.Disabling,
    isDangerous: true,
  },
});

export const idsOf = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

type Way = 'on' | 'off';
const other = (way: Way): Way => (way === 'on' ? 'off' : 'on');

/** The same switch as row menu, as rows of the danger zone and for ticked rows. */
export function useSwitch<R extends Switchable>(definition: Switch<R>) {
  const { area, nameOf, isOn } = definition;
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const [asking, setAsking] = useState<{ row: R; way: Way }>();
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
  const question = (row: R, way: Way) => {
    const { verb, text, isDangerous, Look } = definition[way];
    return (
      <ConfirmDialog
        title={`${verb}: ${nameOf(row)}?`}
        verb={verb}
        text={text}
        kind={isDangerous ? 'danger' : 'primary'}
        onClose={() => setAsking(undefined)}
        onConfirm={async () => {
          setAsking(undefined);
          await turn(row, way);
        }}
      >
        {Look ? <Look rows={[row]} /> : null}
      </ConfirmDialog>
    );
  };
  return {
    /** Stands beside the list: what is asked before an item of the row menu is done. */
    question: asking ? question(asking.row, asking.way) : null,
    items: (row: R): MenuItem[] =>
      offered(row).map((way) => ({
        label: definition[way].verb,
        reason: reasonOf(row.actions, definition[way].operation),
        onSelect: () => (definition[way].Look ? setAsking({ row, way }) : void turn(row, way)),
      })),
    zone: (row: R) =>
      offered(row).map((way) => {
        const { operation, title, text, verb, isDangerous, Look } = definition[way];
        const reason = reasonOf(row.actions, operation);
        return (
          <DangerRow key={way} title={title} text={text} more={Look && !reason ? <Look rows={[row]} /> : null}>
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
      const { operation, short, act, isDangerous, Look, textOfMany } = definition[way];
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
        ...(textOfMany && Look
          ? {
              confirm: (rows) => ({
                text: textOfMany,
                look: <Look rows={rows} />,
                ...(isDangerous ? {} : { kind: 'primary' as const }),
              }),
            }
          : {}),
      };
    }),
  };
}
