/** The field above what a dialog offers to choose from. */
export function SearchField({
  label,
  value,
  onChange,
  isFirst = true,
}: {
  label: string;
  value: string;
  onChange: (typed: string) => void;
  /** Whether it takes the focus when the dialog opens. */
  isFirst?: boolean;
}) {
  return (
    <input
      className="choices-input"
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-autofocus={isFirst || undefined}
      spellCheck={false}
    />
  );
}
