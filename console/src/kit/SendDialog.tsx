import '@mantine/core/styles/Input.css';
import { InputBase } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ChangeWaits } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ProblemNote } from './problems.tsx';

/** A dialog that sends one thing and stays open with the problem when that fails. */
export function SendDialog({
  title,
  verb,
  kind = 'primary',
  reason = null,
  send,
  onClose,
  children,
}: {
  title: string;
  verb: string;
  kind?: 'primary' | 'danger';
  /** Why it cannot be sent yet. */
  reason?: string | null;
  send: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const isAsked = error instanceof ChangeWaits;
  const go = async () => {
    setPending(true);
    setError(undefined);
    try {
      await send();
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={title}
      isSent={isPending}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{isAsked ? en.action.close : en.action.cancel}</Button>
          {isAsked ? null : (
            <Button kind={kind} pending={isPending} reason={reason} onClick={() => void go()}>
              {verb}
            </Button>
          )}
        </>
      }
    >
      <ProblemNote error={error} />
      {children}
    </Dialog>
  );
}

/** What somebody else will read of it. */
export function ReasonField({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  onChange: (reason: string) => void;
}) {
  return (
    <InputBase
      component="textarea"
      multiline
      label={label}
      description={hint}
      value={value}
      maxLength={500}
      rows={3}
      w="100%"
      mt="md"
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      data-autofocus
      onChange={({ currentTarget }) => onChange(currentTarget.value.replace(/\s+/g, ' '))}
    />
  );
}
