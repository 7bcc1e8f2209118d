import { IconDownload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type AgentCertificateFile,
  changeGateway,
  type Gateway,
  gateway as gatewayQuery,
  generateAgentCertificate,
} from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { download } from '../../kit/download.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { Note } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { SecretDialog } from '../../kit/secret.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { gatewaySigningText } from '../../messages/en.gateway-signing.ts';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { useTenantId } from '../../shell/where.ts';

const check = checkBy({ name: 'required' });

/** Makes the key of a program: it leaves the region here, once. */
export function ClientCertificate({ gateway, onClose }: { gateway: Gateway; onClose: () => void }) {
  const tenantId = useTenantId();
  const draft = useDraft({ name: '', days: '365' }, check);
  const [made, setMade] = useState<AgentCertificateFile>();
  if (made) return <Made made={made} gateway={gateway} onClose={onClose} />;
  return (
    <Dialog title={text.makeClientCertificate} kind="panel" onClose={onClose}>
      <p>{text.clientCertificateLead}</p>
      <Form
        draft={draft}
        check={check}
        labels={{ name: text.clientCertificateName, days: gatewaySigningText.validFor }}
        submit={text.makeVerb}
        onCancel={onClose}
        onSubmit={async () => {
          const at = { tenantId, namespaceId: gateway.namespaceId, gatewayId: gateway.id };
          const { name, days } = draft.values;
          setMade(await generateAgentCertificate(at, { name: name.trim(), days: Number(days) }));
        }}
      >
        <TextField
          draft={draft}
          name="name"
          label={text.clientCertificateName}
          help={text.clientCertificateNameHelp}
          autoFocus
        />
        <SelectField
          draft={draft}
          name="days"
          label={gatewaySigningText.validFor}
          options={['30', '90', '180', '365', '730', '1825'].map((value) => ({
            value,
            label: gatewaySigningText.daysOf(value),
          }))}
        />
      </Form>
    </Dialog>
  );
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The file, its password, and how programs are let in by it. */
function Made({ made, gateway, onClose }: { made: AgentCertificateFile; gateway: Gateway; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [isListed, setListed] = useState(false);
  const { run } = useAct();
  const fileName = `${made.subject.replace(/^CN=/, '').replace(/[^A-Za-z0-9_-]+/g, '-')}.p12`;
  const path = { tenantId, namespaceId: gateway.namespaceId, id: gateway.id };
  const list = async () => {
    const query = gatewayQuery(path);
    const { value, version } = await queryClient.fetchQuery({ ...query, staleTime: 0 });
    await changeGateway(path, version, { agentCertificates: (value.agentCertificates ?? '') + made.certificate });
    setListed(true);
    await queryClient.invalidateQueries({ queryKey: query.queryKey });
  };
  return (
    <SecretDialog
      title={text.clientCertificateMade(made.subject)}
      secrets={[
        {
          label: text.keyFilePassword,
          value: made.password,
          fileName: fileName.replace(/p12$/, 'password.txt'),
          help: text.keyFilePasswordHelp,
        },
      ]}
      onDone={onClose}
    >
      <p>
        <Button
          kind="primary"
          icon={<IconDownload size={16} aria-hidden="true" />}
          onClick={() => download(fileName, bytesOf(made.pkcs12), 'application/x-pkcs12')}
        >
          {text.downloadKeyFile}
        </Button>
      </p>
      <p className="faint small">{text.keyFileHelp}</p>
      {gateway.agentCertificates === null ? (
        <Note>
          <p>{text.asksForNone}</p>
          <CopyButton value={made.certificate} label={text.copyCertificate} text={text.copyCertificate} />
        </Note>
      ) : isListed ? (
        <p className="note" role="status">
          {text.isListed}
        </p>
      ) : (
        <Note>
          <p>{text.notListed}</p>
          <Button onClick={() => void run('list', list)}>{text.listIt}</Button>
        </Note>
      )}
    </SecretDialog>
  );
}
