import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Versioned } from '../api/client.ts';
import type { Action } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { reasonOf } from '../shell/where.ts';
import { type Draft, type Errors, useDraft, type Values } from './draft.ts';
import { Form } from './Form.tsx';
import { Facts, Section } from './Page.tsx';
import { LockNote } from './problems.tsx';
import { toast } from './toasts.tsx';

interface Editable {
  actions: Action[];
  /** Where the object comes from, if it may come from elsewhere. */
  source?: string;
}

interface EditSectionProps<T extends Editable, K extends string> {
  title: string;
  found: Versioned<T>;
  /** The operation whose refusal locks the fields. */
  operation: string;
  /** Fields with their labels, in order. */
  labels: Record<K, string>;
  valuesOf: (value: T) => Values<K>;
  /** Locked values in words, where the API's own are none. */
  shownOf?: (values: Values<K>) => Values<K>;
  check?: (values: Values<K>) => Errors;
  /** Sends only what changed. */
  save: (version: string, changes: Partial<Values<K>>) => Promise<Versioned<T>>;
  read: () => Promise<Versioned<T>>;
  queryKey: readonly unknown[];
  saved: string;
  lead?: ReactNode;
  /** What nobody edits here. */
  children?: ReactNode;
  fields: (draft: Draft<K>) => ReactNode;
}

/** The one place where an object's own fields are read and edited; locked ones are text, with the reason. */
export function EditSection<T extends Editable, K extends string>(props: EditSectionProps<T, K>) {
  const { title, found, operation, labels, valuesOf, shownOf, check, save, read, queryKey, saved, children, fields } =
    props;
  const { lead } = props;
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const draft = useDraft(valuesOf(value), check);
  const reason = reasonOf(value.actions, operation);
  const names = Object.keys(labels) as K[];
  // Something else on the page saved the object: what is typed here goes on from there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another version is news
  useEffect(() => {
    if (found.version === version.current) return;
    const now = valuesOf(value);
    const isUntouched = names.every((name) => now[name] === draft.initial[name]);
    if (!isUntouched && draft.isChanged) return;
    version.current = found.version;
    if (!isUntouched) draft.rebase(now);
  }, [found.version]);
  if (reason !== null) {
    const locked = shownOf?.(valuesOf(value)) ?? valuesOf(value);
    return (
      <Section title={title} lead={lead}>
        <LockNote source={value.source} reason={reason} />
        {children}
        <Facts isLocked items={names.map((name) => [labels[name], locked[name]])} />
      </Section>
    );
  }
  return (
    <Section title={title} lead={lead}>
      {children}
      <Form
        draft={draft}
        {...(check ? { check } : {})}
        labels={labels}
        submit={en.action.save}
        isEdit
        onSubmit={async () => {
          const changes = Object.fromEntries(draft.changed.map((name) => [name, draft.values[name].trim()]));
          const now = await save(version.current, changes as Partial<Values<K>>);
          version.current = now.version;
          queryClient.setQueryData(queryKey, now);
          draft.rebase(valuesOf(now.value));
          // Lists show what was changed as well.
          void queryClient.invalidateQueries({ queryKey: [...queryKey.slice(0, -1), 'list'] });
        }}
        onDone={() => toast({ text: saved })}
        reread={async () => {
          const now = await read();
          version.current = now.version;
          return valuesOf(now.value);
        }}
      >
        {fields(draft)}
      </Form>
    </Section>
  );
}
