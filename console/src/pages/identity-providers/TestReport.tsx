import { useQuery } from '@tanstack/react-query';
import { groupNames } from '../../api/providers.ts';
import type { ProviderTest } from '../../api/types.ts';
import { Facts } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { Time } from '../../kit/Time.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { useTenantId } from '../../shell/where.ts';

/** What a test found: each stage, the field to mend, what came, and who it would be. */
export function TestReport({ test, mend }: { test: ProviderTest; mend: (path: string) => void }) {
  const { stages, claims, mapped, account, state, finishedAt } = test;
  return (
    <>
      <Note
        tone={state === 'passed' ? 'good' : 'warn'}
        title={state === 'passed' ? partText.testPassedTitle : partText.testFailedTitle}
      >
        {finishedAt ? <Time at={finishedAt} /> : null}
      </Note>
      <ol className="stages" aria-label={partText.stagesTitle}>
        {stages.map(({ stage, outcome, message, path }) => (
          <li key={stage} data-outcome={outcome}>
            <Status status={outcome === 'passed' ? 'done' : outcome} text={partText.outcomes[outcome] ?? outcome} />
            <div>
              <strong>{partText.stages[stage]}</strong>
              <p>{message}</p>
              {path ? (
                <button type="button" className="link-button" onClick={() => mend(path)}>
                  {partText.mend(partText.fields[path] ?? path)}
                </button>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
      <h3>{partText.account}</h3>
      {account ? (
        <p>
          <strong>
            <Whose id={account.id}>{account.username}</Whose>
          </strong>
          {': '}
          {partText.accountOutcomes[account.outcome]}
        </p>
      ) : (
        <p className="faint">{partText.noAccount}</p>
      )}
      <Values title={partText.mapped} values={mapped} names={partText.mappedNames} />
      <Values title={partText.received} values={claims} />
    </>
  );
}

/** The holder of a set-up link sees nothing else of the tenant, and so no links into it. */
const isHere = () => location.pathname.startsWith('/t/');

const Whose = ({ id, children }: { id: string | null; children: string }) =>
  id && isHere() ? (
    <TargetLink kind="account" id={id}>
      {children}
    </TargetLink>
  ) : (
    children
  );

function Values({ title, values, names = {} }: { title: string; values: object; names?: Record<string, string> }) {
  const all = Object.entries(values);
  return (
    <>
      <h3>{title}</h3>
      {all.length === 0 ? (
        <p className="faint">{partText.noClaims}</p>
      ) : (
        <Facts
          items={all.map(([name, value]) => [
            names[name] ?? name,
            isHere() && name === 'groupIds' ? (
              <Groups key={name} ids={value} />
            ) : name in names && typeof value === 'boolean' ? (
              value ? (
                partText.yes
              ) : (
                partText.no
              )
            ) : (
              <Value key={name} value={value} />
            ),
          ])}
        />
      )}
    </>
  );
}

function Groups({ ids }: { ids: string[] }) {
  const tenantId = useTenantId();
  const names = useQuery({ ...groupNames(tenantId, ids), enabled: ids.length > 0 }).data ?? {};
  return <Value value={ids.map((id) => names[id] ?? id)} />;
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return '—';
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.map((each) => (
      <code key={each} className="block">
        {each}
      </code>
    ));
  return <code>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</code>;
}
