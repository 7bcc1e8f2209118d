import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeLogo, logo, removeLogo } from '../../api/sign-in-policy.ts';
import { Button } from '../../kit/Button.tsx';
import { FileField } from '../../kit/FileField.tsx';
import { Section } from '../../kit/Page.tsx';
import { LockNote, ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { policyText as text } from '../../messages/en.sign-in-policy.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

/** Larger ones are refused without being sent; the server decides about the rest. */
const MAX_BYTES = 100 * 1024;

/** The picture of a file in base64. */
async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The logo of the tenant's sign-in page: shown, replaced by a file, removed. */
export function LogoSection() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const found = useQuery(logo(tenantId));
  const [error, setError] = useState<unknown>();
  const [refused, setRefused] = useState('');
  const [pending, setPending] = useState<'change' | 'remove'>();
  if (!found.data)
    return (
      <Section title={text.logo} lead={text.logoLead}>
        {found.isError ? (
          <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.logo} />
        ) : (
          <Skeleton lines={2} />
        )}
      </Section>
    );
  const { value, version } = found.data;
  const reason = reasonOf(value.actions, 'sign-in-policy.change-logo');
  const run = async (what: 'change' | 'remove', act: () => Promise<unknown>, said: string) => {
    setPending(what);
    setError(undefined);
    setRefused('');
    try {
      await act();
      toast({ text: said });
    } catch (problem) {
      setError(problem);
    }
    setPending(undefined);
    // The version is the tenant's, which the policy shows too.
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'sign-in-policy'] });
  };
  const choose = async (file: File | undefined, again: () => void) => {
    if (!file) return;
    if (file.size > MAX_BYTES) {
      setError(undefined);
      setRefused(text.logoTooLarge);
    } else await run('change', async () => changeLogo(tenantId, version, await base64Of(file)), text.logoChanged);
    again();
  };
  return (
    <Section
      title={text.logo}
      lead={text.logoLead}
      actions={
        value.picture && reason === null ? (
          <Button
            kind="danger-quiet"
            pending={pending === 'remove'}
            onClick={() => run('remove', () => removeLogo(tenantId, version), text.logoRemoved)}
          >
            {text.logoRemove}
          </Button>
        ) : null
      }
    >
      {reason === null ? null : <LockNote reason={reason} />}
      {value.picture ? (
        <img className="logo" src={value.picture.address} alt={text.logoAlt} />
      ) : (
        <p className="faint">{text.logoNone}</p>
      )}
      {reason === null ? (
        <FileField
          label={value.picture ? text.logoReplace : text.logoChoose}
          accept="image/png,image/jpeg,image/webp"
          help={text.logoHelp}
          wrong={refused}
          isDisabled={pending !== undefined}
          onChoose={choose}
        />
      ) : null}
      <ProblemNote error={error} only="image" />
    </Section>
  );
}
