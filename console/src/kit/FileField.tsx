import { useId } from 'react';

/** Chooses a file of this device. What is wrong with it stands below, and is said when it comes up. */
export function FileField({
  label,
  accept,
  help,
  wrong,
  name,
  isFirst,
  isDisabled,
  onChoose,
}: {
  label: string;
  /** As HTML has it: suffixes and media types. */
  accept: string;
  help?: string;
  wrong?: string | undefined;
  /** By which its form finds it. */
  name?: string;
  /** What its dialog begins with. */
  isFirst?: boolean;
  isDisabled?: boolean;
  /** Undefined when the choice is taken back; `again` makes way for the same file. */
  onChoose: (file: File | undefined, again: () => void) => void;
}) {
  const own = useId();
  const saying = [help && `${own}-help`, wrong && `${own}-wrong`].filter(Boolean).join(' ');
  return (
    <>
      <label className="typed-name">
        {label}
        <input
          name={name}
          type="file"
          accept={accept}
          disabled={isDisabled}
          data-autofocus={isFirst}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={saying || undefined}
          onChange={({ currentTarget }) =>
            onChoose(currentTarget.files?.[0], () => {
              currentTarget.value = '';
            })
          }
        />
      </label>
      {help ? (
        <p id={`${own}-help`} className="faint small">
          {help}
        </p>
      ) : null}
      {wrong ? (
        <p id={`${own}-wrong`} className="note note-bad" role="alert">
          {wrong}
        </p>
      ) : null}
    </>
  );
}
