import { Dialog } from '../kit/Dialog.tsx';
import { en } from '../messages/en.ts';
import { preference } from './preferences.ts';
import { sections } from './sections.ts';

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const rows: [keys: string[][], does: string][] = [
    [
      [
        ['Ctrl', 'K'],
        ['⌘', 'K'],
      ],
      en.keys.search,
    ],
    [[['/']], en.keys.focusSearch],
    [[['c']], en.keys.create],
    [[['?']], en.keys.list],
    [[['↑'], ['↓'], ['Home'], ['End']], en.keys.move],
    [[['Enter']], en.keys.open],
    [[['Space']], en.keys.tick],
    [[['Shift', 'Space']], en.keys.tickRange],
    [[['Esc']], en.keys.escape],
    [
      [
        ['Ctrl', 'Enter'],
        ['⌘', 'Enter'],
      ],
      en.keys.save,
    ],
    ...sections.flatMap(({ links }) =>
      links.map(({ letter, label }): [string[][], string] => [[['g', letter]], label]),
    ),
  ];
  return (
    <Dialog title={en.keys.title} onClose={onClose}>
      <p className="faint">{preference('letter-keys', 'on') === 'off' ? en.keys.off : en.keys.intro}</p>
      <table className="keys">
        <tbody>
          {rows.map(([keys, does]) => (
            <tr key={does}>
              <td>
                {keys.map((chord) => (
                  <span key={chord.join()} className="chord">
                    {chord.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </span>
                ))}
              </td>
              <th scope="row">{does}</th>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
