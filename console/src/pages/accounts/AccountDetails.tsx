import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeEmail } from '../../api/accounts.ts';
import type { Versioned } from '../../api/client.ts';
import { account, changeAccount, deleteAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { useSwitch } from '../../kit/switch.tsx';
import { Time } from '../../kit/Time.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { languages } from '../../messages/languages.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { EmailDialog } from './EmailDialog.tsx';
import { EraseRow, ExportRow } from './PersonData.tsx';
import { accountSwitch } from './switch.ts';

const check = checkBy({
  firstName: 'required',
  lastName: 'required',
  displayName: 'required',
  mobilePhone: 'optionalPhone',
});

const nameOf = (code: string) => (code ? ((languages as Record<string, string>)[code] ?? code) : text.noLanguage);

export function AccountDetails({ found }: { found: Versioned<Account> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { zone } = useSwitch(accountSwitch);
  const { value, version } = found;
  const query = account(tenantId, value.id);
  return (
    <>
      <EditSection
        title={text.tabDetails}
        found={found}
        operation="accounts.change"
        labels={{
          firstName: text.firstName,
          lastName: text.lastName,
          displayName: text.displayName,
          mobilePhone: text.mobilePhone,
          language: text.language,
        }}
        valuesOf={({ firstName, lastName, displayName, mobilePhone, language }) => ({
          firstName,
          lastName,
          displayName,
          mobilePhone: mobilePhone ?? '',
          language: language ?? '',
        })}
        shownOf={(values) => ({ ...values, language: nameOf(values.language) })}
        check={check}
        save={(was, { mobilePhone, language, ...names }) =>
          changeAccount(tenantId, value.id, was, {
            ...names,
            ...(mobilePhone === undefined ? {} : { mobilePhone: mobilePhone || null }),
            ...(language === undefined ? {} : { language: (language || null) as keyof typeof languages | null }),
          })
        }
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => (
          <>
            <div className="field-row">
              <TextField draft={draft} name="firstName" label={text.firstName} />
              <TextField draft={draft} name="lastName" label={text.lastName} />
            </div>
            <TextField draft={draft} name="displayName" label={text.displayName} />
            <TextField
              draft={draft}
              name="mobilePhone"
              label={text.mobilePhone}
              type="tel"
              inputMode="tel"
              help={doorText.phoneHelp}
              optional
            />
            <SelectField
              draft={draft}
              name="language"
              label={text.language}
              help={text.languageHelp}
              options={[
                { value: '', label: text.noLanguage },
                ...Object.entries(languages).map(([value, label]) => ({ value, label })),
              ]}
              optional
            />
          </>
        )}
      >
        <Facts
          items={[
            [text.email, <ChangeableEmail key="e" value={value} />],
            [text.username, value.username],
            [text.source, text.sources[value.source] ?? value.source],
            [text.lastSignIn, <Time key="s" at={value.lastSignInAt} none={text.neverSignedIn} />],
          ]}
        />
      </EditSection>
      <Section title={text.danger} tone="danger">
        <ExportRow value={value} />
        {zone(value)}
        <DeleteRow
          title={text.remove}
          text={text.removeText}
          verb={text.removeVerb}
          reason={reasonOf(value.actions, 'accounts.delete')}
          question={text.removeTitle(value.displayName)}
          breaks={text.removeBreaks(value.groups.length)}
          act={() => deleteAccount(tenantId, value.id, version)}
          said={text.removed(value.displayName)}
          back="/t/$tenantId/accounts"
          area="accounts"
        />
        <EraseRow value={value} />
      </Section>
    </>
  );
}

function ChangeableEmail({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const isInvited = value.status === 'new' && !value.verifiedAt;
  return (
    <>
      {value.email ?? '—'}{' '}
      <Button size="xs" reason={reasonOf(value.actions, 'accounts.change-email')} onClick={() => setAsking(true)}>
        {text.changeEmail}
      </Button>
      {isAsking ? (
        <EmailDialog
          title={text.changeEmailTitle(value.displayName)}
          lead={isInvited ? text.changeEmailInvited : text.changeEmailText}
          act={async (email) => {
            await changeEmail(tenantId, value.id, email);
            await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}
