import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { regions } from '../../api/session.ts';
import { discover } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, FocusField, ToldApart } from './Door.tsx';
import { useNext } from './enter.ts';
import { Ways } from './Ways.tsx';

type Discovered = Awaited<ReturnType<typeof discover>>;
type Led = NonNullable<Discovered['tenants']>[number];

const check = checkBy({ email: 'email' });

/** The address first; its domain decides what comes next: the page of its tenant, or what everybody may try. */
export function SignInPage() {
  const { signedOut } = useSearch({ strict: false }) as { signedOut?: string };
  const next = useNext();
  const navigate = useNavigate();
  const [found, setFound] = useState<Discovered>();
  const registration = useQuery(regions).data?.registration;
  const draft = useDraft({ email: '' }, check);
  const email = draft.values.email.trim();

  const goTo = async ({ tenantId, baseUrl }: Led) => {
    if (new URL(baseUrl).origin !== location.origin) return location.assign(`${baseUrl}/t/${tenantId}/sign-in`);
    await navigate({
      to: '/t/$tenantId/sign-in',
      params: { tenantId },
      search: next ? { next } : {},
      state: { email },
    });
  };

  const tenants = found?.tenants ?? [];
  if (tenants.length > 1)
    return (
      <Door key="labels" title={text.labels} lead={text.labelsText}>
        <ul className="door-choices">
          {tenants.map((led) => (
            <li key={led.tenantId}>
              <button type="button" className="door-choice" onClick={() => void goTo(led)}>
                <strong>{led.label}</strong>
                <span className="tenant-region">{led.region}</span>
                <ToldApart
                  tenantId={led.tenantId}
                  isAlike={tenants.some(
                    ({ tenantId, label, region }) =>
                      tenantId !== led.tenantId && label === led.label && region === led.region,
                  )}
                />
              </button>
            </li>
          ))}
        </ul>
        <p className="door-link">
          <button type="button" className="link-button" onClick={() => setFound(undefined)}>
            {doorText.otherAddress}
          </button>
        </p>
      </Door>
    );
  const others = found?.regions.filter(({ isServedHere }) => !isServedHere) ?? [];
  return (
    <Door title={text.title}>
      {signedOut ? (
        <p className="note note-good">{doorText.signedOut}</p>
      ) : next ? (
        <p className="note note-info">{doorText.sessionEnded}</p>
      ) : null}
      {found ? (
        <Ways email={email} methods={found.methods} onOtherAddress={() => setFound(undefined)} />
      ) : (
        <Form
          key="email"
          draft={draft}
          labels={{ email: doorText.email }}
          check={check}
          submit={doorText.next}
          isGuarded={false}
          full
          onSubmit={async () => {
            const answer = await discover(email);
            const [only, ...more] = answer.tenants ?? [];
            if (only && more.length === 0) await goTo(only);
            else setFound(answer);
          }}
        >
          <TextField
            draft={draft}
            name="email"
            label={doorText.email}
            type="email"
            inputMode="email"
            autoComplete="username webauthn"
            autoFocus
          />
          <FocusField name="email" />
        </Form>
      )}
      {others.length > 0 ? (
        <div className="door-elsewhere">
          <p className="faint small">{doorText.elsewhere}</p>
          <ul>
            {others.map(({ code, name, baseUrl }) => (
              <li key={code}>
                <a href={`${baseUrl}/sign-in`}>{name}</a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {found || registration === 'off' ? null : (
        <p className="door-link">
          {doorText.noAccount} <Link to="/register">{doorText.registerLink}</Link>
        </p>
      )}
    </Door>
  );
}
