/** The field above what a dialog offers to choose from. */
export function SearchField({
  label,
  value,
  onChange,
  isFirst = true,
  onEnter,
}: {
  label: string;
  value: string;
  onChange: (typed: string) => void;
  /** Whether it takes the focus when the dialog opens. */
  isFirst?: boolean;
  /** In a form, which it would send otherwise. */
  onEnter?: () => void;
}) {
  return (
    <input
      className="choices-input"
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !onEnter) return;
        event.preventDefault();
        onEnter();
      }}
      data-autofocus={isFirst || undefined}
      spellCheck={false}
    />
  );
}
