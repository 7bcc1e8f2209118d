import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { en } from '../messages/en.ts';
import { announce } from './live.ts';

/** Copies a text and says so. `label` names what is copied, `Copy the id`. */
export function CopyButton({ value, label, text }: { value: string; label: string; text?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    await copyText(value);
    setCopied(true);
    announce(en.action.copied);
  };
  const icon = isCopied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />;
  return (
    <button
      type="button"
      className={text ? 'copy-button' : 'icon-button icon-button-small'}
      aria-label={label}
      title={label}
      onClick={copy}
    >
      {icon}
      {text ? <span>{isCopied ? en.action.copied : text}</span> : null}
    </button>
  );
}

/** Also where the clipboard is not offered: on plain http of another host than localhost. */
export async function copyText(value: string) {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const field = document.createElement('textarea');
  field.value = value;
  const home = document.querySelector('dialog[open]') ?? document.body;
  home.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
