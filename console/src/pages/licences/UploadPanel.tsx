import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type DragEvent, useState } from 'react';
import { uploadLicence } from '../../api/licences.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useDraft } from '../../kit/draft.ts';
import { FileField } from '../../kit/FileField.tsx';
import { Facts } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { localDay } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { looksLikeFile, type Said, saidIn } from './file.ts';
import { Tiers } from './Tiers.tsx';

const MAX_BYTES = 100_000;

const check = ({ file = '' }: Record<string, string>) => ({
  file: file === '' ? text.noFile : looksLikeFile(file) ? undefined : text.notReadable,
});

/** A licence file, chosen or dropped, and what it says before it is put in force. */
export function UploadPanel() {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const draft = useDraft({ file: '' }, check);
  const [refused, setRefused] = useState('');
  const take = async (file: File | undefined) => {
    if (!file) return;
    const isTooLarge = file.size > MAX_BYTES;
    setRefused(isTooLarge ? text.fileTooLarge : '');
    const value = isTooLarge ? '' : (await file.text()).trim();
    draft.set('file', value);
    draft.setErrors(isTooLarge ? {} : check({ file: value }));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take(event.dataTransfer.files[0]);
  };
  const wrong = refused || draft.errors.file;
  const said = draft.values.file && !wrong ? saidIn(draft.values.file) : undefined;
  return (
    <CreatePanel
      title={text.upload}
      lead={text.fileLead}
      close={useWayBack('/t/$tenantId/licences')}
      draft={draft}
      check={check}
      labels={{ file: text.file }}
      submit={text.putInForce}
      onSubmit={async () => {
        const licence = await uploadLicence(tenantId, draft.values.file);
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'licences'] });
        toast({ text: text.uploaded(licence.name) });
        await navigate({
          to: '/t/$tenantId/licences/$id',
          params: { tenantId, id: licence.id },
          search: {},
          ignoreBlocker: true,
        });
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the field inside is the same for the keyboard */}
      <div className="drop" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <FileField
          name="file"
          label={text.file}
          accept=".jws,.jwt,.txt,.licence,.license"
          help={text.fileHelp}
          wrong={wrong}
          isFirst
          onChoose={take}
        />
      </div>
      {said ? <Preview said={said} /> : null}
    </CreatePanel>
  );
}

function Preview({ said }: { said: Said }) {
  const isOurs = said.tenantId === useTenantId();
  return (
    <section aria-label={text.preview}>
      <h3>{text.preview}</h3>
      <Note>{text.previewNote}</Note>
      <Facts
        items={[
          [text.name, said.name],
          [text.fileNumber, said.number],
          [text.issuer, said.issuer],
          [text.forTenant, isOurs ? text.thisTenant : <code key="t">{said.tenantId}</code>],
          ...(said.legacyKey ? [[text.legacyKey, said.legacyKey] as [string, string]] : []),
          ...(said.usableUntil ? [[text.usableUntil, localDay(said.usableUntil)] as [string, string]] : []),
          ...said.subscriptions.map((each): [string, React.ReactNode] => [
            text.subscriptionOf(each.number),
            <div key={each.number}>
              {localDay(each.activeFrom)} – {localDay(each.activeThrough)}
              <Tiers tiers={each.tiers} />
            </div>,
          ]),
        ]}
      />
    </section>
  );
}
