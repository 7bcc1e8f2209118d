import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  exportNamespace,
  importNamespace,
  type NamespaceComparison,
  type NamespaceSettings,
  namespaceComparison,
  previewImport,
  promoteNamespace,
} from '../../api/namespaces.ts';
import { everyNamespace } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { download } from '../../kit/download.ts';
import { FileField } from '../../kit/FileField.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { namespaceSettingsText as text } from '../../messages/en.namespace-settings.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { Changes } from './Changes.tsx';

/** Settings from elsewhere: another namespace, or a file; each looked at before anything is changed. */
export function Settings({ value }: { value: Namespace }) {
  return (
    <>
      <Promotion value={value} />
      <SettingsFile value={value} />
    </>
  );
}

function useRefresh() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  return async (name: string) => {
    toast({ text: text.done(name) });
    for (const what of ['namespaces', 'gateways', 'services', 'groups'])
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, what] });
  };
}

function Promotion({ value }: { value: Namespace }) {
  const tenantId = useTenantId();
  const [otherId, setOtherId] = useState('');
  const places = useQuery(everyNamespace(tenantId));
  const all = (places.data ?? []).filter(({ id }) => id !== value.id);
  const others = all.filter(({ actions }) => reasonOf(actions, 'namespaces.export') === null);
  return (
    <Section title={text.promote} lead={text.promoteLead}>
      {places.isError ? <ProblemPanel error={places.error} onRetry={() => void places.refetch()} /> : null}
      {places.data && others.length === 0 ? (
        <p className="faint">{all.length === 0 ? text.onlyOne : text.noneSeen}</p>
      ) : null}
      {others.length > 0 ? (
        <div className="toolbar">
          <label className="filter">
            <span>{text.from}</span>
            <select value={otherId} onChange={(event) => setOtherId(event.currentTarget.value)}>
              <option value="">{text.choose}</option>
              {others.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      ) : null}
      {otherId ? <Compared key={otherId} value={value} otherId={otherId} /> : null}
    </Section>
  );
}

function Compared({ value, otherId }: { value: Namespace; otherId: string }) {
  const tenantId = useTenantId();
  const refresh = useRefresh();
  const found = useQuery(namespaceComparison(tenantId, value.id, otherId));
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton lines={4} />;
  const { look } = found.data;
  return (
    <Changes
      found={found.data}
      reason={reasonOf(value.actions, 'namespaces.promote')}
      take={async (keys) => {
        await promoteNamespace(tenantId, value.id, { fromId: otherId, look, ...(keys ? { keys } : {}) });
        await refresh(value.name);
      }}
      again={() => void found.refetch()}
    />
  );
}

function SettingsFile({ value }: { value: Namespace }) {
  const tenantId = useTenantId();
  const refresh = useRefresh();
  const { run, pending } = useAct();
  const [file, setFile] = useState<{ settings: NamespaceSettings; found: NamespaceComparison }>();
  const [fault, setFault] = useState<unknown>();
  const [isWrong, setWrong] = useState(false);
  const look = async (settings: NamespaceSettings) =>
    setFile({ settings, found: await previewImport(tenantId, value.id, settings) });
  const choose = async (chosen: File | undefined) => {
    setFile(undefined);
    setFault(undefined);
    setWrong(false);
    if (!chosen) return;
    let settings: NamespaceSettings;
    try {
      settings = JSON.parse(await chosen.text()) as NamespaceSettings;
    } catch {
      return setWrong(true);
    }
    await look(settings).catch(setFault);
  };
  return (
    <Section
      title={text.file}
      lead={text.fileLead}
      actions={
        <Button
          pending={pending === 'export'}
          reason={reasonOf(value.actions, 'namespaces.export')}
          onClick={() =>
            run('export', async () => {
              const settings = await exportNamespace(tenantId, value.id);
              download(`${value.name}.json`, `${JSON.stringify(settings, null, 2)}\n`, 'application/json');
              toast({ text: text.exported(value.name) });
            })
          }
        >
          {text.export}
        </Button>
      }
    >
      <FileField
        label={text.import}
        accept=".json,application/json"
        help={text.importHelp}
        wrong={isWrong ? text.notJson : undefined}
        onChoose={choose}
      />
      <ProblemNote error={fault} />
      {file ? (
        <Changes
          found={file.found}
          reason={reasonOf(value.actions, 'namespaces.import')}
          take={async (keys) => {
            const { settings, found } = file;
            await importNamespace(tenantId, value.id, { settings, look: found.look, ...(keys ? { keys } : {}) });
            await look(settings);
            await refresh(value.name);
          }}
          again={() => void look(file.settings).catch(setFault)}
        />
      ) : null}
    </Section>
  );
}
