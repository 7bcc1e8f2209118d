import { useQuery } from '@tanstack/react-query';
import { retention } from '../../api/transactions.ts';
import { loggingText as text } from '../../messages/en.logging.ts';
import { number } from '../../messages/format.ts';

/** Says that the day is not whole, where it is not. */
export function LeftOut({ tenantId }: { tenantId: string }) {
  const { data } = useQuery(retention(tenantId));
  if (!data || data.value.today.leftOut === 0) return null;
  const { mostPerDay, today } = data.value;
  return <p className="note note-warn">{text.leftOut(number(today.leftOut), number(mostPerDay))}</p>;
}
