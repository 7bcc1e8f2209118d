import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import { changeSignInPolicy, type SignInPolicy, signInPolicy } from '../../api/sign-in-policy.ts';
import { Button } from '../../kit/Button.tsx';
import type { Values } from '../../kit/draft.ts';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { policyText as text } from '../../messages/en.sign-in-policy.ts';
import { number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';

const labels = {
  secondFactor: text.secondFactor,
  sessionHours: text.sessionHours,
  idleMinutes: text.idleMinutes,
  accountsEnabled: text.accountsEnabled,
  allowedNetworks: text.allowedNetworks,
  networksHoldForProvisioning: text.networksHoldForProvisioning,
  signInLabel: text.signInLabel,
};
type Name = keyof typeof labels;

const valuesOf = (policy: SignInPolicy): Values<Name> => ({
  secondFactor: policy.secondFactor,
  sessionHours: String(policy.sessionHours),
  idleMinutes: String(policy.idleMinutes),
  accountsEnabled: policy.accountsEnabled,
  allowedNetworks: policy.allowedNetworks.join(' '),
  networksHoldForProvisioning: String(policy.networksHoldForProvisioning),
  signInLabel: policy.signInLabel ?? '',
});

const networksOf = (typed: string) => typed.split(/[\s,;]+/).filter(Boolean);

const whole = (value: string, least: number, most: number) =>
  /^\d+$/.test(value.trim()) && Number(value) >= least && Number(value) <= most
    ? undefined
    : text.number(least, number(most));
const check = ({ sessionHours, idleMinutes }: Values<Name>) => ({
  sessionHours: whole(sessionHours, 1, 720),
  idleMinutes: whole(idleMinutes, 5, 43_200),
});

const bodyOf = (changes: Partial<Values<Name>>) =>
  Object.fromEntries(
    Object.entries(changes).map(([name, value]) => {
      if (name === 'sessionHours' || name === 'idleMinutes') return [name, Number(value)];
      if (name === 'allowedNetworks') return [name, networksOf(value)];
      if (name === 'networksHoldForProvisioning') return [name, value === 'true'];
      return [name, name === 'signInLabel' && value === '' ? null : value];
    }),
  );

/** A problem with one of the networks is one with the field that they were typed into. */
function atTheirField(error: unknown): never {
  if (error instanceof ApiProblem)
    for (const field of error.fields) field.path = field.path.replace(/^allowedNetworks\.\d+$/, 'allowedNetworks');
  throw error;
}

const optionsOf = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));

export function Rules({ found }: { found: Versioned<SignInPolicy> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const query = signInPolicy(tenantId);
  const { yourAddress } = found.value;
  return (
    <EditSection
      title={text.rules}
      found={found}
      operation="sign-in-policy.change"
      labels={labels}
      valuesOf={valuesOf}
      shownOf={(values) => ({
        ...values,
        secondFactor: text.secondFactors[values.secondFactor] ?? '',
        accountsEnabled: text.accountsEnabledBy[values.accountsEnabled] ?? '',
        allowedNetworks: values.allowedNetworks || text.anywhere,
        networksHoldForProvisioning: text.holdFor[values.networksHoldForProvisioning] ?? '',
      })}
      check={check}
      save={(version, changes) => changeSignInPolicy(tenantId, version, bodyOf(changes)).catch(atTheirField)}
      read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
      queryKey={query.queryKey}
      saved={text.saved}
      fields={(draft) => (
        <>
          <SelectField
            draft={draft}
            name="secondFactor"
            label={text.secondFactor}
            options={optionsOf(text.secondFactors)}
          />
          <TextField
            draft={draft}
            name="sessionHours"
            label={text.sessionHours}
            help={text.sessionHoursHelp}
            inputMode="numeric"
          />
          <TextField
            draft={draft}
            name="idleMinutes"
            label={text.idleMinutes}
            help={text.idleMinutesHelp}
            inputMode="numeric"
          />
          <SelectField
            draft={draft}
            name="accountsEnabled"
            label={text.accountsEnabled}
            options={optionsOf(text.accountsEnabledBy)}
          />
          <AreaField
            draft={draft}
            name="allowedNetworks"
            label={text.allowedNetworks}
            optional
            help={
              <>
                {text.networksHelp}
                {yourAddress ? (
                  <span className="block">
                    {text.yourAddress} <code>{yourAddress}</code>{' '}
                    <Button
                      kind="quiet"
                      size="xs"
                      onClick={() =>
                        draft.set(
                          'allowedNetworks',
                          [...new Set([...networksOf(draft.values.allowedNetworks), yourAddress])].join(' '),
                        )
                      }
                    >
                      {text.addYours}
                    </Button>
                  </span>
                ) : null}
              </>
            }
          />
          <SelectField
            draft={draft}
            name="networksHoldForProvisioning"
            label={text.networksHoldForProvisioning}
            options={optionsOf(text.holdFor)}
          />
          <TextField
            draft={draft}
            name="signInLabel"
            label={text.signInLabel}
            help={text.signInLabelHelp}
            optional
            spellCheck
          />
        </>
      )}
    />
  );
}
