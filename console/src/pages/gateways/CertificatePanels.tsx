import { type ChangeEvent, useId, useState } from 'react';
import { generateCertificate, uploadCertificate } from '../../api/gateways.ts';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
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
  const id = useId();
  const draft = useDraft({ pkcs12: '', password: '' }, check);
  const { key } = useCreation(draft.values);
  const [refused, setRefused] = useState('');
  const choose = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const file = currentTarget.files?.[0];
    setRefused('');
    draft.set('pkcs12', '');
    if (!file) return;
    if (file.size > MAX_BYTES) return setRefused(text.keyFileTooLarge);
    draft.set('pkcs12', btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer()))));
  };
  const wrong = refused || draft.errors.pkcs12;
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
        <label className="typed-name">
          {text.keyFile}
          <input
            id="field-pkcs12"
            type="file"
            accept=".p12,.pfx,application/x-pkcs12"
            data-autofocus
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            onChange={choose}
          />
        </label>
        {wrong ? (
          <p id={`${id}-wrong`} className="note note-bad" role="alert">
            {wrong}
          </p>
        ) : null}
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
