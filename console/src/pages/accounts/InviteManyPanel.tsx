import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { inviteMany } from '../../api/accounts.ts';
import { newIdempotencyKey } from '../../api/client.ts';
import { Button } from '../../kit/Button.tsx';
import { delimiterOf, rowsOf } from '../../kit/csv.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { download } from '../../kit/download.ts';
import { FileField } from '../../kit/FileField.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';

const TaskDialog = lazy(() => import('./TaskDialog.tsx').then((m) => ({ default: m.TaskDialog })));

const fields = ['email', 'firstName', 'lastName', 'displayName', 'username', 'mobilePhone', 'groups'] as const;
type Field = (typeof fields)[number];

/** As the server reads a line of column names. */
const columnNames: Record<string, Field> = {
  email: 'email',
  emailaddress: 'email',
  mail: 'email',
  firstname: 'firstName',
  givenname: 'firstName',
  lastname: 'lastName',
  surname: 'lastName',
  familyname: 'lastName',
  displayname: 'displayName',
  username: 'username',
  mobilephone: 'mobilePhone',
  mobile: 'mobilePhone',
  phone: 'mobilePhone',
  groups: 'groups',
  group: 'groups',
};

/** What an export has beside; the server passes it over. */
const passedOver = /^(id|status|source|verifiedAt|invitationExpiresAt|lastSignInAt|createdAt|updatedAt)$/;

const MAX_BYTES = 1024 * 1024;
const SHOWN = 5;
const example = 'email,firstName,lastName,groups\r\nana@example.com,Ana,Lima,Network administrators|Auditors\r\n';

interface Chosen {
  name: string;
  csv: string;
  /** The columns in the file's order, and what they are known as. */
  columns: { at: number; said: string; known: Field | undefined }[];
  people: string[][];
  /** Why the server would refuse the file as a whole. */
  wrong: string[];
}

function readingOf(name: string, csv: string): Chosen {
  const [head = [], ...people] = rowsOf(csv, delimiterOf(csv));
  const columns = head
    .map((said, at) => ({
      at,
      said,
      known: columnNames[said.toLowerCase().replaceAll(/[^a-z]/g, '')],
    }))
    .filter(({ known, said }) => known || !passedOver.test(said));
  const missing = fields.slice(0, 3).filter((field) => !columns.some(({ known }) => known === field));
  const wrong = [
    ...columns.filter(({ known }) => !known).map(({ said }) => text.columnNotKnown(said)),
    ...missing.map(text.columnMissing),
  ];
  return { name, csv, columns, people, wrong };
}

/** A file is chosen, looked at, and sent; then the result of each line. */
export function InviteManyPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Chosen>();
  const [key, setKey] = useState('');
  const [refused, setRefused] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const [taskId, setTaskId] = useState<string>();
  const close = () => navigate({ to: '/t/$tenantId/accounts', params: { tenantId }, search: (old) => old });

  const choose = async (file: File | undefined) => {
    setChosen(undefined);
    setError(undefined);
    setRefused('');
    setKey(newIdempotencyKey());
    if (!file) return;
    if (file.size > MAX_BYTES) return setRefused(text.tooLarge);
    try {
      setChosen(readingOf(file.name, new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())));
    } catch {
      setRefused(text.notText);
    }
  };
  const send = async () => {
    if (!chosen) return;
    setPending(true);
    setError(undefined);
    try {
      setTaskId((await inviteMany(tenantId, chosen.csv, key)).id);
    } catch (problem) {
      setError(problem);
    } finally {
      setPending(false);
    }
  };

  if (taskId !== undefined)
    return (
      <Suspense>
        <TaskDialog title={text.inviting(chosen?.name ?? '')} taskId={taskId} onClose={close} />
      </Suspense>
    );
  const wrong = chosen && chosen.wrong.length > 0 ? text.columnsWrong(chosen.wrong.join('; ')) : refused;
  return (
    <Dialog
      title={text.inviteManyTitle}
      kind="wide"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>{en.action.cancel}</Button>
          <Button
            kind="primary"
            pending={isPending}
            reason={chosen ? wrong || null : refused || text.chooseFile}
            onClick={send}
          >
            {chosen ? text.inviteThem(chosen.people.length) : text.invite}
          </Button>
        </>
      }
    >
      <p>{text.inviteManyLead}</p>
      <p>
        <button type="button" className="link-button" onClick={() => download('people.csv', example, 'text/csv')}>
          {text.template}
        </button>
      </p>
      <FileField label={text.file} accept=".csv,text/csv,text/plain" wrong={wrong} isFirst onChoose={choose} />
      <ProblemNote error={error} />
      {chosen ? <Preview {...chosen} /> : null}
    </Dialog>
  );
}

interface Line {
  id: string;
  values: string[];
}

function Preview({ name, columns, people }: Chosen) {
  const shown = people.slice(0, SHOWN).map((values, at): Line => ({ id: String(at), values }));
  const tableColumns = columns.map(
    ({ at, said, known }): Column<Line> => ({
      name: String(at),
      label: known ? (text.fieldNames[known] ?? known) : `${said} (${text.columnUnknown})`,
      text: ({ values }) => values[at] ?? '',
    }),
  );
  return (
    <section aria-label={text.previewOf(shown.length)}>
      <p>
        <strong>{text.preview(name, text.people(people.length))}</strong>
      </p>
      {shown.length > 0 ? (
        <>
          <p className="faint">{text.previewOf(shown.length)}</p>
          <Table
            what={text.previewOf(shown.length)}
            rows={shown}
            columns={tableColumns}
            rowName={({ values }) => values[0] ?? ''}
          />
        </>
      ) : null}
    </section>
  );
}
