import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { regions, register } from '../../api/session.ts';
import type { Region } from '../../api/types.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy, given } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door, tokenOfLink } from './Door.tsx';
import { RegionField } from './profile.tsx';

export function RegisterPage() {
  const found = useQuery(regions);
  const [sentTo, setSentTo] = useState<string>();
  if (sentTo)
    return (
      <Door key="sent" title={doorText.registeredTitle} lead={doorText.registeredText(sentTo)}>
        <p className="door-link">
          <Link to="/sign-in">{doorText.signInLink}</Link>
        </p>
      </Door>
    );
  const mode = found.data?.registration;
  return (
    <Door
      title={doorText.registerTitle}
      lead={
        mode === 'off'
          ? doorText.registerOff
          : mode === 'invited'
            ? `${doorText.registerInvited} ${doorText.registerLead}`
            : doorText.registerLead
      }
    >
      {mode === 'off' ? null : found.data ? (
        <RegisterForm regions={found.data.items} mustBeInvited={mode === 'invited'} onSent={setSentTo} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : (
        <Skeleton />
      )}
      <p className="door-link">
        <Link to="/sign-in">{doorText.signInLink}</Link>
      </p>
    </Door>
  );
}

const rules = { region: 'required', email: 'email', fullName: 'required', mobilePhone: 'phone' } as const;
const checkOpen = checkBy(rules);
const checkInvited = checkBy({ ...rules, invitation: 'required' });

function RegisterForm({
  regions: offered,
  mustBeInvited,
  onSent,
}: {
  regions: Region[];
  mustBeInvited: boolean;
  onSent: (email: string) => void;
}) {
  const check = mustBeInvited ? checkInvited : checkOpen;
  const draft = useDraft(
    {
      region: offered.length === 1 ? (offered[0]?.code ?? '') : '',
      email: '',
      fullName: '',
      mobilePhone: '',
      invitation: tokenOfLink(),
    },
    check,
  );
  const [hasAsked, setAsked] = useState(draft.values.invitation !== '');
  const isInvited = mustBeInvited || hasAsked || draft.errors.invitation !== undefined;
  const labels = {
    region: doorText.region,
    email: doorText.email,
    fullName: doorText.fullName,
    mobilePhone: doorText.mobilePhone,
    invitation: doorText.invitation,
  };
  return (
    <Form
      draft={draft}
      labels={labels}
      check={check}
      submit={doorText.register}
      full
      onSubmit={async () => {
        const { region, email, fullName, mobilePhone } = draft.values;
        await register({
          region,
          email: email.trim(),
          fullName: fullName.trim(),
          mobilePhone: mobilePhone.trim(),
          ...given(draft.values, ['invitation']),
        });
      }}
      onDone={() => onSent(draft.values.email.trim())}
    >
      <RegionField draft={draft} offered={offered} />
      <TextField
        draft={draft}
        name="email"
        label={doorText.email}
        type="email"
        inputMode="email"
        autoComplete="email"
      />
      <TextField draft={draft} name="fullName" label={doorText.fullName} autoComplete="name" />
      <TextField
        draft={draft}
        name="mobilePhone"
        label={doorText.mobilePhone}
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        help={doorText.phoneHelp}
      />
      {isInvited ? (
        <TextField draft={draft} name="invitation" label={doorText.invitation} />
      ) : (
        <button type="button" className="link-button align-start" onClick={() => setAsked(true)}>
          {doorText.haveInvitation}
        </button>
      )}
    </Form>
  );
}
