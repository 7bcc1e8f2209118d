import type { protectionText as english } from './en.protection.ts';

export const protectionText: typeof english = {
  protection: 'Schutz',
  protections: {
    none: 'Wer das Recht hat, ändert ihn sofort. Schützen Sie, was nicht aus Versehen geändert werden darf.',
    name: 'Jede Änderung an ihm, seinen Gateways, Routen, Regeln und seiner Lizenz fragt zuerst nach seinem Namen.',
    approval:
      'Jede Änderung an ihm, seinen Gateways, Routen, Regeln und seiner Lizenz fragt nach seinem Namen und wartet dann, bis eine zweite Person sie genehmigt. Auch, das abzuschaffen.',
  },
  protect: 'Diesen Namensraum schützen',
  unprotect: 'Nicht mehr schützen',
  nameOnly: 'Nur nach dem Namen fragen',
  approval: 'Eine zweite Person verlangen',
  nowApproved: (name) => `Ab jetzt genehmigt eine zweite Person jede Änderung an ${name}.`,
  nowProtected: (name) => `${name} ist geschützt.`,
  nowOpen: (name) => `${name} ist nicht mehr geschützt.`,
};
