import { useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { changeOwnLanguage, ownLanguage } from '../../api/accounts.ts';
import { onSessionEnded } from '../../api/client.ts';
import { endSession, endSessions, me, mySessions } from '../../api/session.ts';
import type { Session } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Facts, Page, Section } from '../../kit/Page.tsx';
import { ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { meText as text } from '../../messages/en.me.ts';
import { en } from '../../messages/en.ts';
import { language } from '../../messages/format.ts';
import { languages } from '../../messages/languages.ts';
import { setPreference, usePreference } from '../../shell/preferences.ts';
import { OwnData, OwnEmail } from './OwnData.tsx';
import { OwnVisits } from './OwnVisits.tsx';

type Language = keyof typeof languages;

const OwnCustomers = lazy(() => import('./OwnCustomers.tsx').then((m) => ({ default: m.OwnCustomers })));
const Security = lazy(() => import('./Security.tsx').then((m) => ({ default: m.Security })));

export function MePage() {
  const who = useQuery(me);
  return (
    <Page title={text.title} width="text">
      {who.data ? (
        <Section title={text.person}>
          <Facts
            items={[
              [text.name, who.data.displayName],
              [text.tenant, who.data.tenantDisplayName],
              [text.region, who.data.region],
              [text.owner, who.data.isOwner ? text.yes : text.no],
            ]}
          />
        </Section>
      ) : who.isError ? (
        <ProblemPanel error={who.error} onRetry={() => who.refetch()} />
      ) : (
        <Skeleton />
      )}
      {who.data?.kind === 'account' ? <OwnEmail /> : null}
      <Suspense fallback={<Skeleton />}>
        <Security />
      </Suspense>
      <Sessions />
      {who.data?.kind === 'account' ? <OwnVisits /> : null}
      {who.data?.kind === 'account' && who.data.tenantId ? (
        <Suspense>
          <OwnCustomers tenantId={who.data.tenantId} />
        </Suspense>
      ) : null}
      <Preferences isPerson={who.data?.kind === 'account'} />
      <OwnData />
    </Page>
  );
}

/** Pages come in that language in this browser from then on. */
async function showIn(code: Language) {
  await fetch(`/language/${code}`);
  location.reload();
}

function Preferences({ isPerson }: { isPerson: boolean }) {
  const chosen = useQuery({ ...ownLanguage, enabled: isPerson }).data;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const letterKeys = usePreference('letter-keys', 'on');
  const [refused, setRefused] = useState<{ code: Language; error: unknown }>();
  // Mails follow; where the account cannot be changed now, whoever chose is told why before pages change.
  const speak = async (code: Language) => {
    setRefused(undefined);
    try {
      if (isPerson) await changeOwnLanguage(code);
    } catch (error) {
      return setRefused({ code, error });
    }
    await showIn(code);
  };
  return (
    <Section title={text.preferences} lead={text.preferencesLead}>
      <fieldset className="presets">
        <legend>{text.language}</legend>
        <div className="preset-row">
          {(Object.keys(languages) as Language[]).map((code) => (
            <label key={code} className="preset" lang={code}>
              <input type="radio" name="language" checked={code === language} onChange={() => void speak(code)} />
              <span>{languages[code]}</span>
            </label>
          ))}
        </div>
        {chosen ? <p className="faint small">{text.mailsIn(languages[chosen.inUse])}</p> : null}
        {refused ? (
          <>
            <ProblemNote error={refused.error} />
            <p>{text.mailsStay(languages[refused.code])}</p>
            <Button onClick={() => void showIn(refused.code)}>{text.pagesOnly(languages[refused.code])}</Button>
          </>
        ) : null}
      </fieldset>
      <fieldset className="presets">
        <legend>{text.colours}</legend>
        <div className="preset-row">
          {(['light', 'dark', 'auto'] as const).map((value) => (
            <label key={value} className="preset">
              <input
                type="radio"
                name="colours"
                checked={colorScheme === value}
                onChange={() => setColorScheme(value)}
              />
              <span>{en.top[value === 'auto' ? 'system' : value]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset className="presets">
        <legend>{text.letterKeys}</legend>
        <div className="preset-row">
          {(['on', 'off'] as const).map((value) => (
            <label key={value} className="preset">
              <input
                type="radio"
                name="letter-keys"
                checked={letterKeys === value}
                onChange={() => setPreference('letter-keys', value)}
              />
              <span>{text[value]}</span>
            </label>
          ))}
        </div>
        <p className="faint small">{text.letterKeysHelp}</p>
      </fieldset>
    </Section>
  );
}

const columns: Column<Session>[] = [
  {
    name: 'userAgent',
    label: text.browser,
    text: ({ userAgent }) => browserOf(userAgent),
    cell: ({ userAgent, isCurrent }) => (
      <span title={userAgent ?? undefined}>
        {browserOf(userAgent)}
        {isCurrent ? <span className="tag">{text.here}</span> : null}
      </span>
    ),
  },
  { name: 'sourceAddress', label: text.from, text: ({ sourceAddress }) => sourceAddress },
  timeColumn('createdAt', text.started, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastSeenAt', text.lastSeen, ({ lastSeenAt }) => lastSeenAt),
  timeColumn('expiresAt', text.expires, ({ expiresAt }) => expiresAt, { priority: 3 }),
];

function Sessions() {
  const found = useQuery(mySessions);
  const queryClient = useQueryClient();
  const [ending, setEnding] = useState<Session>();
  const [isEndingOthers, setEndingOthers] = useState(false);
  const [isEndingAll, setEndingAll] = useState(false);
  const items = found.data?.items ?? [];
  const others = items.filter(({ isCurrent }) => !isCurrent);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['me'] });
  return (
    <Section
      title={text.sessions}
      lead={text.sessionsLead}
      actions={
        <>
          <Button
            kind="danger-quiet"
            reason={found.data && others.length === 0 ? text.noOthers : null}
            onClick={() => setEndingOthers(true)}
          >
            {text.endOthers}
          </Button>
          <Button kind="danger-quiet" onClick={() => setEndingAll(true)}>
            {text.everywhere}
          </Button>
        </>
      }
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : !found.data ? (
        <Skeleton />
      ) : (
        <Table
          what={text.what}
          rows={items}
          rowName={({ userAgent }) => browserOf(userAgent)}
          rowActions={(session) => [{ label: text.end, isDangerous: true, onSelect: () => setEnding(session) }]}
          columns={columns}
        />
      )}
      {ending ? (
        <ConfirmDialog
          title={text.endTitle}
          verb={text.end}
          text={text.endText}
          breaks={ending.isCurrent ? [text.endHere] : []}
          onClose={() => setEnding(undefined)}
          onConfirm={async () => {
            await endSession(ending.id);
            setEnding(undefined);
            toast({ text: text.ended });
            await refresh();
          }}
        />
      ) : null}
      {isEndingAll ? (
        <ConfirmDialog
          title={text.everywhereTitle}
          verb={text.everywhere}
          text={text.everywhereText}
          onClose={() => setEndingAll(false)}
          onConfirm={async () => {
            await endSessions(false);
            onSessionEnded(undefined);
            queryClient.clear();
            location.assign('/sign-in?signedOut=1');
          }}
        />
      ) : null}
      {isEndingOthers ? (
        <ConfirmDialog
          title={text.endOthersTitle}
          verb={text.endOthers}
          text={text.endOthersText(others.length)}
          onClose={() => setEndingOthers(false)}
          onConfirm={async () => {
            await endSessions(true);
            setEndingOthers(false);
            toast({ text: text.endedOthers });
            await refresh();
          }}
        />
      ) : null}
    </Section>
  );
}

/** `Firefox on Linux`, as far as the browser says who it is. */
function browserOf(userAgent: string | null): string {
  if (!userAgent) return '—';
  if (userAgent.startsWith('bailiwick-cli/')) return text.commandLine;
  const browser =
    /(Edg|OPR|Firefox|Chrome|Safari|curl)/.exec(userAgent.replace(/.*(Edg|OPR)/, '$1'))?.[1] ?? userAgent.slice(0, 40);
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' };
  const system = /(Windows|Android|iPhone|iPad|Mac OS|Linux)/.exec(userAgent)?.[1];
  return system ? text.browserOn(names[browser] ?? browser, system) : (names[browser] ?? browser);
}
