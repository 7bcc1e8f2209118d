import { useState } from 'react';
import { type Gateway, type TrialResult, tryRequest } from '../../api/gateways.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { announce } from '../../kit/live.ts';
import { Facts, Section } from '../../kit/Page.tsx';
import { PickField } from '../../kit/PickMany.tsx';
import { pickedOf, useGroups } from '../../kit/pickers.ts';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { en } from '../../messages/en.ts';
import { said } from '../../messages/said.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { claimsOf, pairsOf } from './lines.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const check = (values: Record<string, string>) => (pairsOf(values.claims ?? '') ? {} : { claims: text.claimRule });

/** Asks what the gateway would do with a request, and who decides it. */
export function Try({ gateway }: { gateway: Gateway }) {
  const tenantId = useTenantId();
  const [tried, setTried] = useState<{ values: object; result: TrialResult }>();
  const draft = useDraft({ method: 'GET', host: '', path: `${gateway.prefix}/`, groups: '', claims: '' }, check);
  const maySeeGroups = useHolds('groups.view');
  // A verdict is about what was asked: it goes with the first change of it.
  const result = tried?.values === draft.values ? tried.result : undefined;
  const chosen = pickedOf(draft.values.groups);
  return (
    <Section title={text.tryTitle} lead={text.tryLead}>
      <Form
        draft={draft}
        check={check}
        labels={{ method: text.method, host: text.host, path: text.path, groups: text.who, claims: text.tokenClaims }}
        submit={text.tryVerb}
        isGuarded={false}
        onSubmit={async () => {
          const { method, host, path, claims } = draft.values;
          setTried(undefined);
          const decided = await tryRequest(
            { tenantId, namespaceId: gateway.namespaceId, id: gateway.id },
            {
              method: method as (typeof METHODS)[number],
              host: host.trim(),
              path: path.trim(),
              groupIds: chosen.map(({ id }) => id),
              claims: Object.fromEntries(claimsOf(claims).map(({ name, values }) => [name, values])),
            },
          );
          setTried({ values: draft.values, result: decided });
          announce(said(decided.explanation));
        }}
      >
        <SelectField
          draft={draft}
          name="method"
          label={text.method}
          options={METHODS.map((method) => ({ value: method, label: method }))}
        />
        <TextField draft={draft} name="path" label={text.path} help={text.pathHelp} />
        <TextField draft={draft} name="host" label={text.host} optional />
        {maySeeGroups ? (
          <PickField
            draft={draft}
            name="groups"
            label={text.who}
            find={en.list.findGroup}
            help={text.whoHelp}
            useFound={useGroups}
          />
        ) : null}
        <AreaField draft={draft} name="claims" label={text.tokenClaims} help={text.claimsHelp} lines optional />
      </Form>
      {result ? (
        <>
          <p className={result.isAllowed ? 'note' : 'note note-warn'}>{said(result.explanation)}</p>
          <Facts
            items={[
              [text.route, result.route?.name],
              [text.service, result.service?.name],
              [text.item, result.item],
              [text.matched, result.rule?.matched],
              [text.upstreamToken, result.upstreamToken ? <Token key="t" token={result.upstreamToken} /> : null],
              [text.upstreamUrl, result.upstreamUrl ? <code key="u">{result.upstreamUrl}</code> : null],
            ]}
          />
        </>
      ) : null}
    </Section>
  );
}

/** The claims before they are signed. */
const Token = ({ token: { header, claims } }: { token: NonNullable<TrialResult['upstreamToken']> }) => (
  <pre className="mono value">{`${header}: ${JSON.stringify(claims, null, 2)}`}</pre>
);
