import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type BillingProfile,
  billingProfile,
  changeBillingProfile,
  readBillingProfile,
  removeBillingProfile,
} from '../../api/licences.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { PresetField, TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Time } from '../../kit/Time.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { localDay } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const labels = {
  accountType: text.accountType,
  reference: text.reference,
  currency: text.currency,
  contactName: text.contactName,
  contactEmail: text.contactEmail,
  contactPhone: text.contactPhone,
  purchaseOrder: text.purchaseOrder,
};
const check = checkBy({
  reference: 'required',
  currency: 'required',
  contactName: 'required',
  contactEmail: 'email',
  contactPhone: 'optionalPhone',
});

const valuesOf = (profile: BillingProfile) => ({
  accountType: profile.accountType ?? 'account',
  reference: profile.reference ?? '',
  currency: profile.currency ?? '',
  contactName: profile.contactName ?? '',
  contactEmail: profile.contactEmail ?? '',
  contactPhone: profile.contactPhone ?? '',
  purchaseOrder: profile.purchaseOrder ?? '',
});

/** Who is billed, where the operator bills. */
export function Billing() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const query = billingProfile(tenantId);
  const found = useQuery(query);
  if (!found.data)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.tabBilling} />
    ) : (
      <Skeleton lines={6} />
    );
  const { value, version } = found.data;
  return (
    <>
      <EditSection
        title={text.billing}
        lead={text.billingLead}
        found={found.data}
        operation="billing-profile.change"
        labels={labels}
        valuesOf={valuesOf}
        shownOf={(values) => ({
          ...values,
          // What a new profile begins with is nobody’s choice yet.
          accountType: value.state === 'active' ? (text.accountTypes[values.accountType] ?? '') : '',
        })}
        check={check}
        save={(was, changes) => {
          const { accountType, contactPhone, purchaseOrder, ...rest } = { ...valuesOf(value), ...changes };
          return changeBillingProfile(tenantId, was, {
            accountType: accountType as 'account' | 'card',
            contactPhone: contactPhone || null,
            purchaseOrder: purchaseOrder || null,
            ...rest,
          });
        }}
        read={() =>
          queryClient.fetchQuery({
            queryKey: query.queryKey,
            queryFn: () => readBillingProfile(tenantId),
            staleTime: 0,
          })
        }
        queryKey={query.queryKey}
        saved={text.billingSaved}
        fields={(draft) => (
          <>
            <PresetField
              draft={draft}
              name="accountType"
              label={text.accountType}
              options={Object.entries(text.accountTypes).map(([type, label]) => ({ value: type, label }))}
            />
            <TextField draft={draft} name="reference" label={text.reference} help={text.referenceHelp} />
            <TextField draft={draft} name="currency" label={text.currency} help={text.currencyHelp} />
            <TextField draft={draft} name="contactName" label={text.contactName} />
            <TextField draft={draft} name="contactEmail" label={text.contactEmail} type="email" inputMode="email" />
            <TextField
              draft={draft}
              name="contactPhone"
              label={text.contactPhone}
              help={text.contactPhoneHelp}
              type="tel"
              inputMode="tel"
              optional
            />
            <TextField draft={draft} name="purchaseOrder" label={text.purchaseOrder} optional />
          </>
        )}
      >
        {value.state === 'active' ? (
          <Facts
            items={[
              [
                text.activeSince,
                value.activeSince ? (
                  <span key="a">
                    {localDay(value.activeSince)} <Time at={value.activeSince} />
                  </span>
                ) : null,
              ],
            ]}
          />
        ) : null}
      </EditSection>
      {value.state === 'active' ? (
        <Section title={text.danger} tone="danger">
          <DeleteRow
            title={text.billingRemove}
            text={text.billingRemoveText}
            verb={text.billingRemoveVerb}
            reason={reasonOf(value.actions, 'billing-profile.remove')}
            question={`${text.billingRemove}?`}
            breaks={[]}
            act={() => removeBillingProfile(tenantId, version)}
            said={text.billingRemoved}
            back="/t/$tenantId/licences"
            area="licences"
          />
        </Section>
      ) : null}
    </>
  );
}
