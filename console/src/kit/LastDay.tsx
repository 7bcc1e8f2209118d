import { TextInput } from '@mantine/core';
import { groupText } from '../messages/en.groups.ts';

/** The end of a day here, as the API has times. */
export const endOfDay = (day: string) => new Date(`${day}T23:59:59`).toISOString();

/** The day here on which a time lies, as the browser's field has it. */
export const dayOf = (at: string) => new Date(at).toLocaleDateString('sv');

/** When something ends by itself; empty when it does not. */
export function LastDay({ value, onChange }: { value: string; onChange: (day: string) => void }) {
  return (
    <TextInput
      type="date"
      label={groupText.lastDay}
      description={groupText.lastDayHint}
      value={value}
      min={dayOf(new Date().toISOString())}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
