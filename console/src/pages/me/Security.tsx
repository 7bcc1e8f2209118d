import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { canUsePasskeys } from '../../api/passkeys.ts';
import { me } from '../../api/session.ts';
import * as api from '../../api/sign-in.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { securityText as text } from '../../messages/en.security.ts';

const TotpForm = lazy(() => import('../../kit/TotpForm.tsx').then((m) => ({ default: m.TotpForm })));
const RecoveryCodes = lazy(() => import('../../kit/RecoveryCodes.tsx').then((m) => ({ default: m.RecoveryCodes })));

type Factor = api.Factors['items'][number];

/** What is open over the page. */
type Open =
  | { kind: 'password' }
  | { kind: 'passkey' }
  | { kind: 'app'; begun: api.BegunTotp }
  | { kind: 'codes'; codes: string[] }
  | { kind: 'renew' }
  | { kind: 'rename'; factor: Factor }
  | { kind: 'remove'; factor: Factor };

const columns: Column<Factor>[] = [
  { name: 'name', label: text.name, text: ({ name }) => name },
  { name: 'kind', label: text.kind, text: ({ kind }) => text[kind] },
  timeColumn('createdAt', text.added, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt),
];

/** Password, passkeys, authenticator app and recovery codes of the person who is signed in. */
export function Security() {
  const found = useQuery(api.factors);
  const queryClient = useQueryClient();
  const [open, setOpen] = useState<Open>();
  const [problem, setProblem] = useState<unknown>();
  const close = () => setOpen(undefined);
  const refresh = () => queryClient.invalidateQueries({ queryKey: api.factors.queryKey });
  const changed = (said: string, codes?: string[]) => {
    toast({ text: said });
    void refresh();
    setOpen(codes ? { kind: 'codes', codes } : undefined);
  };
  const beginApp = async () => {
    setProblem(undefined);
    try {
      setOpen({ kind: 'app', begun: await api.beginTotp() });
    } catch (error) {
      setProblem(error);
    }
  };
  if (found.isError || problem)
    return (
      <Section title={text.title}>
        <ProblemPanel
          error={problem ?? found.error}
          onRetry={() => {
            setProblem(undefined);
            void found.refetch();
          }}
        />
      </Section>
    );
  if (!found.data)
    return (
      <Section title={text.title}>
        <Skeleton />
      </Section>
    );
  const { items, recoveryCodesLeft, hasPassword } = found.data;
  return (
    <>
      <Section
        title={text.title}
        lead={text.lead}
        actions={
          <>
            <Button
              kind={items.length === 0 ? 'primary' : 'plain'}
              reason={canUsePasskeys() ? null : text.passkeyUnsupported}
              onClick={() => setOpen({ kind: 'passkey' })}
            >
              {text.addPasskey}
            </Button>
            <Button onClick={beginApp}>{text.addApp}</Button>
          </>
        }
      >
        {items.length === 0 ? (
          <p className="faint">{text.none}</p>
        ) : (
          <Table
            what={text.what}
            rows={items}
            rowName={({ name }) => name}
            rowActions={(factor) => [
              { label: text.rename, onSelect: () => setOpen({ kind: 'rename', factor }) },
              { label: text.remove, isDangerous: true, onSelect: () => setOpen({ kind: 'remove', factor }) },
            ]}
            columns={columns}
          />
        )}
        <ul className="method-rows">
          <Providers onProblem={setProblem} />
          <li>
            <div>
              <strong>{text.passwordTitle}</strong>
              <p className="faint small">{hasPassword ? text.passwordSet : text.passwordNone}</p>
            </div>
            {hasPassword ? <Button onClick={() => setOpen({ kind: 'password' })}>{text.changePassword}</Button> : null}
          </li>
          {items.length > 0 ? (
            <li>
              <div>
                <strong>{text.recovery}</strong>
                <p className="faint small">
                  {text.recoveryLead} {text.recoveryLeft(recoveryCodesLeft)}
                </p>
              </div>
              <Button onClick={() => setOpen({ kind: 'renew' })}>{text.renewCodes}</Button>
            </li>
          ) : null}
        </ul>
      </Section>
      {open?.kind === 'password' ? (
        <ChangePassword onClose={close} onDone={() => changed(text.passwordChanged)} />
      ) : null}
      {open?.kind === 'passkey' ? (
        <AddPasskey onClose={close} onDone={(codes) => changed(text.passkeyAdded, codes)} />
      ) : null}
      {open?.kind === 'app' ? (
        <Dialog title={text.addApp} onClose={close}>
          <Suspense fallback={<Skeleton />}>
            {' '}
            <TotpForm
              secret={open.begun.secret}
              uri={open.begun.uri}
              onCode={async (code) => changed(text.appAdded, (await api.addTotp(code)).recoveryCodes)}
              onCancel={close}
            />
          </Suspense>
        </Dialog>
      ) : null}
      {open?.kind === 'codes' ? (
        <Suspense>
          <RecoveryCodes codes={open.codes} onDone={close} />
        </Suspense>
      ) : null}
      {open?.kind === 'rename' ? (
        <Rename factor={open.factor} onClose={close} onDone={() => changed(text.renamed)} />
      ) : null}
      {open?.kind === 'remove' ? (
        <ConfirmDialog
          title={text.removeTitle(open.factor.name)}
          verb={text.remove}
          text={text.removeText}
          onClose={close}
          onConfirm={async () => {
            await api.removeFactor(open.factor.id);
            changed(text.removed);
          }}
        />
      ) : null}
      {open?.kind === 'renew' ? (
        <ConfirmDialog
          title={text.renewTitle}
          verb={text.renewCodes}
          text={text.renewText}
          onClose={close}
          onConfirm={async () => {
            const { recoveryCodes } = await api.renewRecoveryCodes();
            setOpen({ kind: 'codes', codes: recoveryCodes });
            await refresh();
          }}
        />
      ) : null}
    </>
  );
}

/** The tenant's identity providers: one that a person is linked with signs them in. */
function Providers({ onProblem }: { onProblem: (problem: unknown) => void }) {
  const tenantId = useQuery({ ...me, enabled: false }).data?.tenantId ?? '';
  const page = useQuery({ ...api.signInPage(tenantId), enabled: tenantId !== '' });
  const linked = useQuery(api.myIdentities);
  const link = async (id: string) => {
    try {
      location.assign((await api.linkWithProvider(tenantId, id)).url);
    } catch (error) {
      onProblem(error);
    }
  };
  return page.data?.providers.map(({ id, name }) => {
    const identity = linked.data?.items.find(({ providerId }) => providerId === id);
    return (
      <li key={id}>
        <div>
          <strong>{name}</strong>
          <p className="faint small">{identity ? text.linked : text.notLinked}</p>
        </div>
        {linked.data && !identity ? <Button onClick={() => link(id)}>{text.link(name)}</Button> : null}
      </li>
    );
  });
}

const checkName = checkBy({ name: 'required' });
const checkPasswords = checkBy({ currentPassword: 'required', newPassword: 'required' });

function ChangePassword({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const draft = useDraft({ currentPassword: '', newPassword: '' }, checkPasswords);
  return (
    <Dialog title={text.changePassword} onClose={onClose}>
      <Form
        draft={draft}
        check={checkPasswords}
        labels={{ currentPassword: text.currentPassword, newPassword: text.newPassword }}
        submit={text.changePassword}
        isGuarded={false}
        onSubmit={() => api.changePassword(draft.values)}
        onDone={onDone}
        onCancel={onClose}
      >
        <PasswordField
          draft={draft}
          name="currentPassword"
          label={text.currentPassword}
          autoComplete="current-password"
          autoFocus
        />
        <PasswordField
          draft={draft}
          name="newPassword"
          label={text.newPassword}
          help={text.passwordHelp}
          autoComplete="new-password"
        />
      </Form>
    </Dialog>
  );
}

function AddPasskey({ onClose, onDone }: { onClose: () => void; onDone: (codes?: string[]) => void }) {
  const draft = useDraft({ name: '' }, checkName);
  return (
    <Dialog title={text.addPasskey} onClose={onClose}>
      <Form
        draft={draft}
        check={checkName}
        labels={{ name: text.passkeyName }}
        submit={text.passkeyStart}
        isGuarded={false}
        onSubmit={async () => {
          const { recoveryCodes } = await api.addPasskey(draft.values.name.trim());
          onDone(recoveryCodes);
        }}
        onCancel={onClose}
      >
        <TextField draft={draft} name="name" label={text.passkeyName} help={text.passkeyNameHelp} autoFocus />
      </Form>
    </Dialog>
  );
}

function Rename({ factor, onClose, onDone }: { factor: Factor; onClose: () => void; onDone: () => void }) {
  const draft = useDraft({ name: factor.name }, checkName);
  return (
    <Dialog title={text.rename} onClose={onClose}>
      <Form
        draft={draft}
        check={checkName}
        labels={{ name: text.name }}
        submit={text.rename}
        isEdit
        isGuarded={false}
        onSubmit={() => api.renameFactor(factor, draft.values.name.trim())}
        onDone={onDone}
        onCancel={onClose}
      >
        <TextField draft={draft} name="name" label={text.name} autoFocus />
      </Form>
    </Dialog>
  );
}
