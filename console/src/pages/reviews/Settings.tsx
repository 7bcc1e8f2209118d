import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { type Campaign, changeCampaign, closeCampaign, campaign as ofCampaign } from '../../api/reviews.ts';
import { topics } from '../../api/session.ts';
import { account } from '../../api/tenant.ts';
import { Button } from '../../kit/Button.tsx';
import { endOfDay } from '../../kit/LastDay.tsx';
import { DangerRow, Facts, Section } from '../../kit/Page.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, usePeople } from '../../kit/pickers.ts';
import { SendDialog } from '../../kit/SendDialog.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';

type Undecided = Campaign['undecided'];

export function Settings({ found }: { found: Versioned<Campaign> }) {
  const { scope, reviewers, reviewerIds, undecided, dueAt, actions } = found.value;
  const [asking, setAsking] = useState<'change' | 'end'>();
  const catalogue = useQuery(topics).data?.items ?? [];
  const titleOf = (name: string) => catalogue.find((topic) => topic.name === name)?.title ?? name;
  const parts = [
    ...(scope.groupIds ? [text.scopeGroups(scope.groupIds.length)] : []),
    ...(scope.namespaceIds ? [text.scopeNamespaces(scope.namespaceIds.length)] : []),
    ...(scope.topics ?? []).map(titleOf),
    ...(scope.kinds ?? []).map((kind) => text.kindNames[kind] ?? kind),
  ];
  return (
    <>
      <Section
        title={text.settings}
        actions={
          <Button reason={reasonOf(actions, 'review-campaigns.change')} onClick={() => setAsking('change')}>
            {text.change}
          </Button>
        }
      >
        <Facts
          items={[
            [text.scope, parts.join(' · ') || text.scopeAll],
            [text.reviewers, text.reviewerKinds[reviewers] ?? reviewers],
            [
              text.people,
              <ul key="p" className="plain-list">
                {reviewerIds.map((id) => (
                  <li key={id}>
                    <Person id={id} />
                  </li>
                ))}
              </ul>,
              text.peopleHelp,
            ],
            [text.due, <Time key="d" at={dueAt} />],
            [text.undecided, text.undecidedKinds[undecided] ?? undecided, text.undecidedHelp],
          ]}
        />
      </Section>
      <Section title={text.end} tone="danger">
        <DangerRow title={text.endTitle} text={text.endText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(actions, 'review-campaigns.close')}
            onClick={() => setAsking('end')}
          >
            {text.end}
          </Button>
        </DangerRow>
      </Section>
      {asking === 'change' ? <Change found={found} onClose={() => setAsking(undefined)} /> : null}
      {asking === 'end' ? <End campaign={found.value} onClose={() => setAsking(undefined)} /> : null}
    </>
  );
}

function usePerson(id: string) {
  const tenantId = useTenantId();
  const seesAccounts = useHolds('accounts.view');
  return useQuery({ ...account(tenantId, id), enabled: seesAccounts, retry: false }).data?.value.displayName ?? id;
}

const Person = ({ id }: { id: string }) => (
  <TargetLink kind="account" id={id}>
    {usePerson(id)}
  </TargetLink>
);

function Change({ found: { value, version }, onClose }: { found: Versioned<Campaign>; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const nameOf = (id: string) =>
    queryClient.getQueryData<Versioned<{ displayName: string }>>(account(tenantId, id).queryKey)?.value.displayName ??
    id;
  const [people, setPeople] = useState<Picked[]>(value.reviewerIds.map((id) => ({ id, name: nameOf(id) })));
  const [lastDay, setLastDay] = useState('');
  const [undecided, setUndecided] = useState(value.undecided);
  return (
    <SendDialog
      title={text.change}
      verb={text.save}
      reason={people.length === 0 ? text.needsPeople : null}
      onClose={onClose}
      send={async () => {
        const saved = await changeCampaign(tenantId, value.id, version, {
          reviewerIds: people.map(({ id }) => id),
          undecided,
          ...(lastDay ? { dueAt: endOfDay(lastDay) } : {}),
        });
        queryClient.setQueryData(ofCampaign(tenantId, value.id).queryKey, saved);
        toast({ text: text.saved });
        onClose();
      }}
    >
      <PickMany
        label={text.people}
        find={text.findPeople}
        help={text.peopleHelp}
        chosen={people}
        onChange={setPeople}
        useFound={usePeople}
      />
      <label className="filter">
        <span>{text.lastDay}</span>
        <input type="date" value={lastDay} onChange={({ currentTarget }) => setLastDay(currentTarget.value)} />
      </label>
      <UndecidedChoice value={undecided} onChange={setUndecided} />
    </SendDialog>
  );
}

function UndecidedChoice({ value, onChange }: { value: Undecided; onChange: (value: Undecided) => void }) {
  return (
    <fieldset className="choices">
      <legend>{text.undecided}</legend>
      {(['keep', 'remove'] as const).map((each) => (
        <label key={each} className="check">
          <input type="radio" name="undecided" checked={value === each} onChange={() => onChange(each)} />
          <span>{text.undecidedKinds[each]}</span>
        </label>
      ))}
      <p className="faint small">{text.undecidedHelp}</p>
    </fieldset>
  );
}

function End({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [undecided, setUndecided] = useState<Undecided>('keep');
  return (
    <SendDialog
      title={text.endQuestion(campaign.name)}
      verb={text.end}
      kind="danger"
      onClose={onClose}
      send={async () => {
        await closeCampaign(tenantId, campaign.id, undecided);
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'review-campaigns'] });
        toast({ text: text.ended });
        onClose();
      }}
    >
      <p>{text.endText}</p>
      <UndecidedChoice value={undecided} onChange={setUndecided} />
    </SendDialog>
  );
}
