import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { Topic } from '../../api/types.ts';
import { groupText } from '../../messages/en.groups.ts';

interface TopicRowsProps {
  topic: Topic;
  permissions: Topic['permissions'];
  isOpen: boolean;
  onToggle: () => void;
  isHeld: (permission: string) => boolean;
  isEverywhere: (permission: string) => boolean;
  isChanged: (permission: string) => boolean;
  /** Whether it is never given to the people of this group. */
  isKept: (permission: string) => boolean;
  /** Grants of the topic that stand in namespaces, while the whole tenant is shown. */
  elsewhere: number;
  set: (permission: string, isOn: boolean) => void;
  isLocked: boolean;
}

/** A topic's row, mixed when only some are held, and below it one row for each permission. Native checkboxes throughout. */
export function TopicRows({
  topic,
  permissions,
  isOpen,
  onToggle,
  isHeld,
  isEverywhere,
  isChanged,
  isKept,
  elsewhere,
  set,
  isLocked,
}: TopicRowsProps) {
  const whole = `${topic.name}.*`;
  const isWhole = isHeld(whole);
  const heldCount = topic.permissions.filter(({ name }) => isWhole || isHeld(name) || isEverywhere(name)).length;
  const isMixed = !isWhole && heldCount > 0;
  return (
    <tbody>
      <tr className="topic-row">
        <th scope="row">
          <button
            type="button"
            className="topic-toggle"
            aria-expanded={isOpen}
            aria-label={isOpen ? groupText.collapse(topic.title) : groupText.expand(topic.title)}
            onClick={onToggle}
          >
            {isOpen ? (
              <IconChevronDown size={16} aria-hidden="true" />
            ) : (
              <IconChevronRight size={16} aria-hidden="true" />
            )}
            {topic.title}
          </button>
          <span className="faint small tabular topic-count">
            {[
              isWhole ? groupText.whole : heldCount ? groupText.held(heldCount, topic.permissions.length) : '',
              elsewhere > 0 ? groupText.inNamespaces(elsewhere) : '',
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </th>
        <td className="tick" data-changed={isChanged(whole) || undefined}>
          <Tick
            label={`${groupText.wholeTopic} ${topic.title}`}
            isChecked={isWhole}
            isMixed={isMixed}
            isLocked={isLocked || isKept(whole)}
            onChange={() => {
              set(whole, !isWhole);
              // The whole topic holds its parts: single ticks beside it would say nothing.
              if (!isWhole) for (const { name } of topic.permissions) if (isHeld(name)) set(name, false);
            }}
          />
        </td>
      </tr>
      {isOpen
        ? permissions.map(({ name, title }) => {
            const isInherited = isWhole || isEverywhere(name);
            return (
              <tr key={name} className="permission-row">
                <th scope="row">
                  <span className="permission-name">{title}</span>
                  <code className="faint small">{name}</code>
                  {isInherited ? (
                    <span className="tag">{isWhole ? groupText.inherited : groupText.everywhere}</span>
                  ) : null}
                  {isKept(name) ? <span className="tag">{groupText.notForOthers}</span> : null}
                </th>
                <td className="tick" data-changed={isChanged(name) || undefined}>
                  <Tick
                    label={`${topic.title}, ${title}`}
                    isChecked={isInherited || isHeld(name)}
                    isLocked={isLocked || isInherited || (isKept(name) && !isHeld(name))}
                    onChange={() => set(name, !isHeld(name))}
                  />
                </td>
              </tr>
            );
          })
        : null}
    </tbody>
  );
}

function Tick({
  label,
  isChecked,
  isMixed = false,
  isLocked,
  onChange,
}: {
  label: string;
  isChecked: boolean;
  isMixed?: boolean;
  isLocked: boolean;
  onChange: () => void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = isMixed;
  }, [isMixed]);
  return (
    <input
      ref={box}
      type="checkbox"
      className="tick-box"
      aria-label={label}
      checked={isChecked}
      disabled={isLocked}
      onChange={onChange}
    />
  );
}
