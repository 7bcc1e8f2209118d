import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../kit/Button.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { Time } from '../../kit/Time.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf } from '../../shell/where.ts';
import type { Desk } from './connection.ts';

const SecretPanel = lazy(() => import('./SecretDialog.tsx').then((m) => ({ default: m.ClientSecretDialog })));

/** That there is a secret and how long it lasts: the value is written, never read. */
export function ClientSecret({ desk }: { desk: Desk }) {
  const queryClient = useQueryClient();
  const [isEntering, setEntering] = useState(false);
  const { value } = desk.found;
  const { isSet, expiresAt, earlierUntil } = value.clientSecret;
  return (
    <Section title={partText.secret} lead={partText.secretLead}>
      <Facts
        items={[
          [partText.secret, isSet ? partText.secretIsSet : partText.secretNotSet],
          ...(isSet
            ? ([[partText.secretExpiresAt, <Time key="e" at={expiresAt} none={text.noExpiry} />]] as [
                string,
                React.ReactNode,
              ][])
            : []),
          ...(earlierUntil
            ? ([[partText.secretEarlier, <Time key="u" at={earlierUntil} />]] as [string, React.ReactNode][])
            : []),
        ]}
      />
      <p className="section-act" data-field="clientSecret" tabIndex={-1}>
        <Button reason={reasonOf(value.actions, 'identity-providers.change-secret')} onClick={() => setEntering(true)}>
          {isSet ? partText.secretReplace : partText.secretSet}
        </Button>
      </p>
      {isEntering ? (
        <Suspense>
          <SecretPanel
            desk={desk}
            onClose={() => setEntering(false)}
            onSaved={() => {
              setEntering(false);
              void queryClient.invalidateQueries({ queryKey: desk.queryKey });
            }}
          />
        </Suspense>
      ) : null}
    </Section>
  );
}
