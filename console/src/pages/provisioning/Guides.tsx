import { Link, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { Section } from '../../kit/Page.tsx';
import { guides } from '../../messages/en.guides.ts';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { en } from '../../messages/en.ts';
import { tokenCreation, useScimBaseUrl } from './scim.ts';

type Name = keyof typeof guides;

/** How an identity provider is connected, in its own words, with the values to copy. The one shown is in the address. */
export function Guides() {
  const { guide = '' } = useSearch({ strict: false }) as { guide?: string };
  const chosen: Name = guide in guides ? (guide as Name) : 'entra';
  const { name, lead, steps, after } = guides[chosen];
  const baseUrl = useScimBaseUrl();
  const command = `BAILIWICK_SCIM_TOKEN=… bailiwick scim try --url ${baseUrl}`;
  const values: Record<string, ReactNode> = {
    '{url}': <Value value={baseUrl} label={text.baseUrl} />,
    '{userName}': <Value value="userName" label="userName" />,
    '{token}': <span className="faint">{text.tokenValue}</span>,
  };
  return (
    <>
      <nav className="tabs" aria-label={text.guides}>
        {(Object.keys(guides) as Name[]).map((each) => (
          <Link
            key={each}
            to="."
            search={((old: object) => ({ ...old, guide: each })) as never}
            resetScroll={false}
            aria-current={each === chosen ? 'page' : undefined}
            className="tab"
            activeOptions={{ includeSearch: true, exact: true }}
          >
            {guides[each].name}
          </Link>
        ))}
      </nav>
      <Section title={name} lead={lead} actions={<CreateLink {...tokenCreation} label={text.createForGuide} />}>
        <ol className="guide">
          {steps.map((step) => (
            <li key={step}>
              {step.split(/(\{\w+\}|\*\*[^*]+\*\*)/).map((part, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text
                <Fragment key={at}>
                  {values[part] ?? (part.startsWith('**') ? <b>{part.slice(2, -2)}</b> : part)}
                </Fragment>
              ))}
            </li>
          ))}
        </ol>
        <p className="faint">{after}</p>
      </Section>
      <Section title={text.tryTitle} lead={text.tryText}>
        <div className="command">
          <code>{command}</code>
          <CopyButton value={command} label={`${en.action.copy}: bailiwick scim try`} />
        </div>
      </Section>
    </>
  );
}

function Value({ value, label }: { value: string; label: string }) {
  return (
    <span className="guide-value">
      <code>{value}</code>
      <CopyButton value={value} label={`${en.action.copy}: ${label}`} />
    </span>
  );
}
