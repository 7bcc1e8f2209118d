import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { previewGrants, previewNames, replaceGrants } from '../../api/groups.ts';
import { ApiProblem } from '../../api/problem.ts';
import type { Grant, Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { Effect } from '../access/Effect.tsx';
import { isGrave, moves } from '../access/looking.tsx';

/** What would be granted and withdrawn, whom it concerns, and the saving of it. */
export function ReviewGrants({
  group,
  held,
  next,
  added,
  removed,
  nameOf: name,
  version,
  onClose,
  onStale,
  onSaved,
}: {
  group: Group;
  /** What it grants as it was read last. */
  held: string[];
  next: Grant[];
  added: string[];
  removed: string[];
  nameOf: (text: string) => string;
  version: string;
  onClose: () => void;
  onStale: () => Promise<void>;
  onSaved: (saved: Versioned<{ grants: Grant[] }>) => void;
}) {
  const tenantId = useTenantId();
  // All that it would grant: after somebody else saved that is another change, though ours is the same.
  const queryKey = ['t', tenantId, 'groups', group.id, 'preview', next];
  const preview = useQuery({
    queryKey,
    queryFn: () => previewGrants(tenantId, group.id, { grants: next }),
    gcTime: 0,
    retry: false,
  });
  // Where nobody gains or loses, the effect says so itself.
  const changesSome = preview.data !== undefined && moves(preview.data.effect);
  const { accounts = 0, serviceAccounts = 0, guests = 0 } = preview.data?.affected ?? {};
  const [error, setError] = useState<unknown>();
  /** What it granted before somebody else saved. */
  const [seen, setSeen] = useState<string[]>();
  const [isPending, setPending] = useState(false);
  const [typed, setTyped] = useState('');
  const mustType = isGrave(preview.data?.effect) && typed.trim() !== group.name;
  const save = async () => {
    setPending(true);
    setError(undefined);
    try {
      onSaved(await replaceGrants(tenantId, group.id, version, { grants: next }));
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 412) {
        setSeen(held);
        setTyped('');
        await onStale();
      } else setError(problem);
      setPending(false);
    }
  };
  const list = (title: string, texts: string[], className: string) =>
    texts.length ? (
      <>
        <h3>{title}</h3>
        <ul className={className}>
          {texts.map((text) => (
            <li key={text}>{name(text)}</li>
          ))}
        </ul>
      </>
    ) : null;
  return (
    <Dialog
      title={groupText.reviewTitle}
      kind="wide"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button
            kind="primary"
            pending={isPending}
            reason={preview.isPending ? groupText.looking : mustType ? en.confirm.mismatch(group.name) : null}
            onClick={save}
          >
            {groupText.savePermissions}
          </Button>
        </>
      }
    >
      {seen ? (
        <section aria-label={groupText.meanwhile}>
          <p className="note note-warn">{groupText.staleGrants}</p>
          {list(
            groupText.theyAdded,
            held.filter((text) => !seen.includes(text)),
            'diff-added',
          )}
          {list(
            groupText.theyRemoved,
            seen.filter((text) => !held.includes(text)),
            'diff-removed',
          )}
        </section>
      ) : null}
      {list(seen ? groupText.youAdd : groupText.toAdd, added, 'diff-added')}
      {list(seen ? groupText.youRemove : groupText.toRemove, removed, 'diff-removed')}
      {preview.data ? (
        <>
          {changesSome && accounts + serviceAccounts + guests > 0 ? (
            <p>{groupText.affected(accounts, serviceAccounts, guests)}</p>
          ) : null}
          <Effect
            effect={preview.data.effect}
            namesOf={{
              key: queryKey,
              ask: (asked) => previewNames(tenantId, group.id, { grants: next, ...asked }),
            }}
          />
          {preview.data.warnings.map((warning) => (
            <p key={warning} className="note note-warn">
              {warning}
            </p>
          ))}
        </>
      ) : null}
      {isGrave(preview.data?.effect) ? (
        <label className="typed-name">
          {en.confirm.typeName(group.name)}
          <input
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </label>
      ) : null}
      <ProblemNote error={error ?? preview.error} />
    </Dialog>
  );
}
