import { useState } from 'react';
import { generateCertificate, uploadCertificate } from '../../api/gateways.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { FileField } from '../../kit/FileField.tsx';
import { Form } from '../../kit/Form.tsx';
import { PresetField, SelectField } from '../../kit/fields.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy } from '../../kit/rules.ts';
import { gatewaySigningText as text } from '../../messages/en.gateway-signing.ts';

interface PanelProps {
  at: { tenantId: string; namespaceId: string; gatewayId: string };
  onClose: () => void;
  onSaved: (subject: string) => void;
}

const MAX_BYTES = 150_000;
const check = checkBy({ pkcs12: 'required', password: 'required' });
const labels = { pkcs12: text.keyFile, password: text.keyFilePassword };

/** A key and its certificate from a file, which is read here and kept nowhere. */
export function UploadPanel({ at, onClose, onSaved }: PanelProps) {
  const draft = useDraft({ pkcs12: '', password: '' }, check);
  const { key } = useCreation(draft.values);
  const [refused, setRefused] = useState('');
  const choose = async (file: File | undefined) => {
    setRefused('');
    draft.set('pkcs12', '');
    if (!file) return;
    if (file.size > MAX_BYTES) return setRefused(text.keyFileTooLarge);
    draft.set('pkcs12', btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer()))));
  };
  return (
    <Dialog title={text.uploadCertificate} kind="panel" onClose={onClose}>
      <p>{text.uploadLead}</p>
      <Form
        draft={draft}
        check={check}
        labels={labels}
        submit={text.uploadVerb}
        onCancel={onClose}
        onSubmit={async () => {
          const { subject } = await uploadCertificate(at, draft.values, key);
          onSaved(subject);
        }}
      >
        <FileField
          name="pkcs12"
          label={text.keyFile}
          accept=".p12,.pfx,application/x-pkcs12"
          wrong={refused || draft.errors.pkcs12}
          isFirst
          onChoose={choose}
        />
        <PasswordField draft={draft} name="password" label={text.keyFilePassword} help={text.keyFilePasswordHelp} />
      </Form>
    </Dialog>
  );
}

/** A new key in a certificate that it signs itself. */
export function GeneratePanel({ at, onClose, onSaved }: PanelProps) {
  const draft = useDraft({ algorithm: 'ES256', days: '365' });
  const { key } = useCreation(draft.values);
  return (
    <Dialog title={text.generateCertificate} kind="panel" onClose={onClose}>
      <p>{text.generateLead}</p>
      <Form
        draft={draft}
        labels={{ algorithm: text.algorithm, days: text.validFor }}
        submit={text.generateVerb}
        onCancel={onClose}
        onSubmit={async () => {
          const { algorithm, days } = draft.values;
          const body = { algorithm: algorithm as 'ES256' | 'EdDSA', days: Number(days) };
          const { subject } = await generateCertificate(at, body, key);
          onSaved(subject);
        }}
      >
        <PresetField
          draft={draft}
          name="algorithm"
          label={text.algorithm}
          help={text.algorithmHelp}
          options={[
            { value: 'ES256', label: 'ES256 (P-256)' },
            { value: 'EdDSA', label: 'EdDSA (Ed25519)' },
          ]}
        />
        <SelectField
          draft={draft}
          name="days"
          label={text.validFor}
          options={['90', '180', '365', '730', '1095', '1825'].map((value) => ({ value, label: text.daysOf(value) }))}
        />
      </Form>
    </Dialog>
  );
}
