import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Campaign, carryOut, exportCampaign, report } from '../../api/reviews.ts';
import { Button } from '../../kit/Button.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { en } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

type Counts = Campaign['counts'];
interface OfGroup {
  id: string;
  name: string;
  counts: Counts;
}

const states = ['undecided', 'kept', 'removed', 'waiting', 'left'] as const;

/** What the review came to, or has come to so far; and the evidence as a file. */
export function Report({ campaign }: { campaign: Campaign }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const found = useQuery(report(tenantId, campaign.id));
  const { run, pending } = useAct();
  const begin = (name: string, act: () => Promise<unknown>, said: string) =>
    run(name, async () => {
      await act();
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'tasks'] });
      toast({
        text: said,
        link: (
          <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
            {en.nav.tasks}
          </Link>
        ),
      });
    });
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.tabReport} />;
  if (!found.data) return <Skeleton />;
  const { counts, groups, reviewers } = found.data;
  const columns: Column<OfGroup>[] = [
    {
      name: 'group',
      label: text.group,
      text: ({ name }) => name,
      cell: ({ id, name }) => (
        <Link to="." search={{ groupId: id } as never}>
          {name}
        </Link>
      ),
    },
    ...states.map(
      (state): Column<OfGroup> => ({
        name: state,
        label: text.itemStates[state] ?? state,
        text: (row) => number(row.counts[state]),
        isNumber: true,
        priority: state === 'undecided' || state === 'waiting' ? 1 : 2,
      }),
    ),
  ];
  return (
    <>
      <Section
        title={text.tabReport}
        actions={(['csv', 'json'] as const).map((format) => (
          <Button
            key={format}
            pending={pending === format}
            reason={reasonOf(campaign.actions, 'review-campaigns.export')}
            onClick={() => begin(format, () => exportCampaign(tenantId, campaign.id, format), text.exporting)}
          >
            {format === 'csv' ? text.exportCsv : text.exportJson}
          </Button>
        ))}
      >
        <Facts
          items={[
            [text.total, number(counts.total)],
            ...states.map((state): [string, string] => [text.itemStates[state] ?? state, number(counts[state])]),
          ]}
        />
      </Section>
      {counts.waiting > 0 ? (
        <Section
          title={text.itemStates.waiting ?? ''}
          lead={text.carryOutText}
          actions={
            <Button
              pending={pending === 'carry-out'}
              reason={reasonOf(campaign.actions, 'review-campaigns.carry-out')}
              onClick={() => begin('carry-out', () => carryOut(tenantId, campaign.id), text.carriedOut)}
            >
              {text.carryOut(counts.waiting)}
            </Button>
          }
        >
          {null}
        </Section>
      ) : null}
      <Section title={text.byGroup}>
        <Table what={text.groups} rows={groups} columns={columns} rowName={({ name }) => name} />
      </Section>
      <Section title={text.byReviewer}>
        {reviewers.length === 0 ? (
          <p className="faint">{text.noReviewers}</p>
        ) : (
          <Facts items={reviewers.map(({ displayName, decided }) => [displayName, text.decidedCount(decided)])} />
        )}
      </Section>
    </>
  );
}
