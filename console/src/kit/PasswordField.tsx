import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/ActionIcon.css';
import '@mantine/core/styles/Input.css';
import '@mantine/core/styles/PasswordInput.css';
import { PasswordInput } from '@mantine/core';
import { en } from '../messages/en.ts';
import { common, type FieldProps } from './fields.tsx';

export function PasswordField<K extends string>(props: FieldProps<K>) {
  return (
    <PasswordInput
      {...common(props)}
      visibilityToggleButtonProps={{ 'aria-label': en.form.showPassword, tabIndex: 0 }}
      onChange={(event) => props.draft.set(props.name, event.currentTarget.value)}
    />
  );
}
