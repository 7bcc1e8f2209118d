import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef } from 'react';
import { beginCampaign } from '../../api/reviews.ts';
import { me, topics } from '../../api/session.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { ChoiceField, DayField, PresetField, TextField } from '../../kit/fields.tsx';
import { endOfDay } from '../../kit/LastDay.tsx';
import { type Picked, useGroups, useNamespaces, usePeople } from '../../kit/pickers.ts';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { useTenantId } from '../../shell/where.ts';

const PickMany = lazy(() => import('../../kit/PickMany.tsx').then((m) => ({ default: m.PickMany })));

const required = checkBy({ name: 'required' });
const check = (values: Record<string, string>): Errors => ({
  ...required(values),
  ...(values.reviewerIds && values.reviewerIds !== '[]' ? {} : { reviewerIds: text.needsPeople }),
  ...(values.dueAt ? {} : { dueAt: text.needsDay }),
});

const presets = (named: Record<string, string>) => Object.entries(named).map(([value, label]) => ({ value, label }));
const picked = (value: string) => JSON.parse(value) as Picked[];
const some = (value: string) => value.split(',').filter(Boolean);

export function NewReviewPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const who = useQuery(me).data;
  const catalogue = useQuery(topics).data?.items ?? [];
  const made = useRef({ id: '', name: '' });
  const isHere = who?.tenantId === tenantId && who.id;
  const draft = useDraft(
    {
      name: '',
      groups: '[]',
      namespaces: '[]',
      topics: '',
      kinds: '',
      reviewers: 'group-owners',
      reviewerIds: JSON.stringify(isHere ? [{ id: who.id, name: who.displayName }] : []),
      dueAt: '',
      undecided: 'keep',
    },
    check,
  );
  const { key } = useCreation(draft.values);
  const close = useWayBack('/t/$tenantId/reviews');
  return (
    <CreatePanel
      title={text.newTitle}
      lead={text.newLead}
      close={close}
      draft={draft}
      check={check}
      labels={{
        name: text.name,
        groups: text.groups,
        namespaces: text.namespaces,
        topics: text.topics,
        kinds: text.kinds,
        reviewers: text.reviewers,
        reviewerIds: text.people,
        dueAt: text.lastDay,
        undecided: text.undecided,
      }}
      submit={text.begin}
      onSubmit={async () => {
        const { name, dueAt, reviewers, undecided, ...values } = draft.values;
        const groupIds = picked(values.groups).map(({ id }) => id);
        const namespaceIds = picked(values.namespaces).map(({ id }) => id);
        made.current = await beginCampaign(
          tenantId,
          {
            name: name.trim(),
            scope: {
              ...(groupIds.length > 0 ? { groupIds } : {}),
              ...(namespaceIds.length > 0 ? { namespaceIds } : {}),
              ...(values.topics ? { topics: some(values.topics) as 'groups'[] } : {}),
              ...(values.kinds ? { kinds: some(values.kinds) as 'guest'[] } : {}),
            },
            reviewers: reviewers as 'accounts',
            reviewerIds: picked(values.reviewerIds).map(({ id }) => id),
            dueAt: endOfDay(dueAt),
            undecided: undecided as 'keep',
          },
          key,
        );
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'review-campaigns'] });
      }}
      onDone={() => {
        toast({ text: text.begun(made.current.name) });
        void navigate({ to: '/t/$tenantId/reviews/$id', params: { tenantId, id: made.current.id } });
      }}
    >
      <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} autoFocus spellCheck />
      <PresetField draft={draft} name="reviewers" label={text.reviewers} options={presets(text.reviewerKinds)} />
      <Suspense>
        <PickMany
          label={text.people}
          find={text.findPeople}
          help={text.peopleHelp}
          error={draft.errors.reviewerIds}
          chosen={picked(draft.values.reviewerIds)}
          onChange={(people) => draft.set('reviewerIds', JSON.stringify(people))}
          useFound={usePeople}
        />
      </Suspense>
      <DayField draft={draft} name="dueAt" label={text.lastDay} />
      <PresetField
        draft={draft}
        name="undecided"
        label={text.undecided}
        help={text.undecidedHelp}
        options={presets(text.undecidedKinds)}
      />
      <Suspense>
        <PickMany
          label={text.groups}
          find={text.findGroups}
          chosen={picked(draft.values.groups)}
          onChange={(groups) => draft.set('groups', JSON.stringify(groups))}
          useFound={useGroups}
        />
      </Suspense>
      <Suspense>
        <PickMany
          label={text.namespaces}
          find={text.findNamespaces}
          chosen={picked(draft.values.namespaces)}
          onChange={(namespaces) => draft.set('namespaces', JSON.stringify(namespaces))}
          useFound={useNamespaces}
        />
      </Suspense>
      <ChoiceField draft={draft} name="kinds" label={text.kinds} options={presets(text.kindNames)} />
      <ChoiceField
        draft={draft}
        name="topics"
        label={text.topics}
        options={catalogue.map(({ name, title }) => ({ value: name, label: title }))}
      />
    </CreatePanel>
  );
}
