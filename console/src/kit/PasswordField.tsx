import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { en } from '../messages/en.ts';
import { common, type FieldProps } from './fields.tsx';

export function PasswordField<K extends string>(props: FieldProps<K>) {
  const [isShown, setShown] = useState(false);
  return (
    <TextInput
      {...common(props)}
      type={isShown ? 'text' : 'password'}
      rightSectionWidth="4.5rem"
      rightSection={
        <button
          type="button"
          className="link-button"
          aria-label={en.form.showPassword}
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? en.form.hide : en.form.show}
        </button>
      }
      onChange={(event) => props.draft.set(props.name, event.currentTarget.value)}
    />
  );
}
