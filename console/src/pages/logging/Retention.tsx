import { useQuery, useQueryClient } from '@tanstack/react-query';
import { changeRetention, readRetention, retention } from '../../api/transactions.ts';
import { EditSection } from '../../kit/EditSection.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { loggingText as text } from '../../messages/en.logging.ts';
import { number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { LeftOut } from './LeftOut.tsx';

const check = ({ days }: { days: string }) => ({
  days: /^\d{1,2}$/.test(days.trim()) && Number(days) >= 1 && Number(days) <= 90 ? undefined : text.daysWrong,
});

/** For how long the tenant keeps transactions. */
export function Retention() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const query = retention(tenantId);
  const found = useQuery(query);
  if (!found.data)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
    ) : (
      <Skeleton lines={3} />
    );
  const { mostPerDay, today } = found.data.value;
  return (
    <>
      <EditSection
        title={text.retention}
        found={found.data}
        operation="transactions.change-retention"
        labels={{ days: text.days }}
        valuesOf={({ days }) => ({ days: String(days) })}
        check={check}
        save={(version, { days }) => changeRetention(tenantId, version, Number(days))}
        read={() =>
          queryClient.fetchQuery({ queryKey: query.queryKey, queryFn: () => readRetention(tenantId), staleTime: 0 })
        }
        queryKey={query.queryKey}
        saved={text.retentionSaved}
        fields={(draft) => (
          <TextField draft={draft} name="days" label={text.days} help={text.daysHelp} inputMode="numeric" />
        )}
      />
      <Section title={text.today}>
        <LeftOut tenantId={tenantId} />
        <p>
          {mostPerDay > 0
            ? text.todayOf(number(today.kept), number(mostPerDay))
            : text.todayWithoutLimit(number(today.kept))}
        </p>
      </Section>
    </>
  );
}
