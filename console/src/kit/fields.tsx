import '@mantine/core/styles/Input.css';
import { Input, InputBase, NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { en } from '../messages/en.ts';
import type { Draft } from './draft.ts';
import { afterPress } from './press.ts';

export interface FieldProps<K extends string> {
  draft: Draft<K>;
  name: K;
  label: string;
  help?: ReactNode;
  optional?: boolean;
  autoComplete?: string;
  autoFocus?: boolean;
}

/** Label above, help below, error at the field. */
export function common<K extends string>({
  draft,
  name,
  label,
  help,
  optional,
  autoComplete = 'off',
  autoFocus,
}: FieldProps<K>) {
  return {
    name,
    id: `field-${name}`,
    label: optional ? (
      <>
        {label} <span className="optional">{en.form.optional}</span>
      </>
    ) : (
      label
    ),
    description: help,
    inputWrapperOrder: ['label', 'input', 'error', 'description'] as ('label' | 'input' | 'error' | 'description')[],
    error: draft.errors[name],
    value: draft.values[name],
    autoComplete,
    'data-autofocus': autoFocus || undefined,
    required: !optional,
    withAsterisk: false,
    onBlur: () => afterPress(() => draft.leave(name)),
  };
}

export function TextField<K extends string>({
  type = 'text',
  inputMode,
  spellCheck = false,
  ...props
}: FieldProps<K> & {
  type?: 'text' | 'email' | 'tel' | 'search';
  inputMode?: 'email' | 'numeric' | 'tel' | 'text';
  spellCheck?: boolean;
}) {
  return (
    <TextInput
      {...common(props)}
      type={type}
      inputMode={inputMode}
      spellCheck={spellCheck}
      autoCapitalize={type === 'text' ? undefined : 'none'}
      onChange={({ currentTarget: { value } }) =>
        // Phone numbers are written with spaces, and kept without.
        props.draft.set(props.name, type === 'tel' ? value.replace(/[\s().-]/g, '') : value)
      }
    />
  );
}

/** A day from today on, as the browser has it. */
export function DayField<K extends string>(props: FieldProps<K>) {
  return (
    <TextInput
      {...common(props)}
      type="date"
      min={new Date().toLocaleDateString('sv')}
      onChange={({ currentTarget: { value } }) => props.draft.set(props.name, value)}
    />
  );
}

/** Text that is longer than a line; with `lines` its lines are kept. */
export function AreaField<K extends string>({
  rows = 3,
  lines,
  ...props
}: FieldProps<K> & { rows?: number; lines?: boolean }) {
  return (
    <InputBase
      component="textarea"
      multiline
      {...common(props)}
      rows={rows}
      spellCheck={!lines}
      onChange={({ currentTarget: { value } }) =>
        props.draft.set(props.name, lines ? value : value.replaceAll('\n', ' '))
      }
    />
  );
}

export function SelectField<K extends string>({
  options,
  ...props
}: FieldProps<K> & { options: { value: string; label: string }[] }) {
  return (
    <NativeSelect
      {...common(props)}
      data={options}
      onChange={(event) => props.draft.set(props.name, event.currentTarget.value)}
    />
  );
}

/** Several of a few: the value is the chosen codes joined by commas. */
export function ChoiceField<K extends string>({
  options,
  ...props
}: FieldProps<K> & { options: { value: string; label: string; reason?: string | undefined }[] }) {
  const { draft, name, label, help } = props;
  const chosen = draft.values[name].split(',').filter(Boolean);
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {options.map(({ value, label: text, reason }) => (
        <label key={value} className="check">
          <input
            type="checkbox"
            name={name}
            checked={chosen.includes(value)}
            aria-disabled={reason ? true : undefined}
            onChange={() => {
              if (reason) return;
              const next = options
                .map((each) => each.value)
                .filter((each) => (each === value ? !chosen.includes(each) : chosen.includes(each)));
              draft.set(name, next.join(','));
            }}
          />
          <span>
            {text}
            {reason ? <span className="faint small"> {reason}</span> : null}
          </span>
        </label>
      ))}
      {draft.errors[name] ? <Input.Error>{draft.errors[name]}</Input.Error> : null}
      {help ? <p className="faint small">{help}</p> : null}
    </fieldset>
  );
}

/** One of a few presets, as radio buttons in a row. */
export function PresetField<K extends string>({
  options,
  ...props
}: FieldProps<K> & { options: { value: string; label: string }[] }) {
  const { draft, name, label, help } = props;
  return (
    <fieldset className="presets">
      <legend>{label}</legend>
      <div className="preset-row">
        {options.map(({ value, label: text }) => (
          <label key={value} className="preset">
            <input
              type="radio"
              name={name}
              checked={draft.values[name] === value}
              onChange={() => draft.set(name, value)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
      {draft.errors[name] ? <Input.Error>{draft.errors[name]}</Input.Error> : null}
      {help ? <p className="faint small">{help}</p> : null}
    </fieldset>
  );
}
