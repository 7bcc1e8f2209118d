import type { Checking, Finding } from '../../../src/protocols/saml/finding.ts';
import { type Expected, examineResponse, readResponse, type Said } from '../../../src/protocols/saml/response.ts';
import { one } from './certificates.ts';
import { entityId } from './provider.ts';

/** Runs all checks to their end, whatever they find. */

export const ours = {
  audience: 'https://au.bailiwick.example/metadata',
  acsUrl: 'https://au.bailiwick.example/acs',
  requestId: '_request',
};

export const expectedOf = (now: Date): Expected => ({
  entityId,
  certificates: [one.certificate],
  signedPart: 'assertion',
  requiresEncryption: false,
  nameIdFormat: null,
  isSubjectNameId: true,
  privateKeys: [one.privateKey],
  isForced: false,
  now,
  ...ours,
});

function drained<T>(checking: Checking<T>, findings: Finding[]): T {
  for (;;) {
    const step = checking.next();
    if (step.done) return step.value;
    findings.push(step.value);
  }
}

/** @returns every rule that is broken, and what is read all the same */
export function examined(document: string, expected: Expected): { findings: string[]; said: Said | undefined } {
  const findings: Finding[] = [];
  const root = drained(readResponse(document), findings);
  const said = root && drained(examineResponse(root, expected), findings);
  return { findings: [...new Set(findings.map(({ rule }) => rule))], said };
}
