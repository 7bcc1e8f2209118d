import { expect, test } from 'vitest';
import { providerGuides as de } from './de.provider-guides.ts';
import { providerGuides as en } from './en.provider-guides.ts';

/** What a guide has to copy, in the order of its steps. */
const valuesIn = (guide: { steps: string[]; after?: string } | undefined) =>
  [...(guide?.steps ?? []), guide?.after ?? ''].join(' ').match(/\{\w+\}/g) ?? [];

const needed: Record<string, string[]> = {
  oidc: ['{redirectUrl}'],
  oauth2: ['{redirectUrl}'],
  saml: ['{entityId}', '{acsUrl}'],
};

test('each guide has what its protocol needs to copy, the same in each language', () => {
  for (const vendor of ['entra', 'okta', 'google', 'keycloak', 'adfs', 'generic'])
    for (const protocol of ['oidc', 'saml']) expect(Object.keys(en)).toContain(`${vendor}.${protocol}`);
  expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  for (const [name, guide] of Object.entries(en)) {
    const values = valuesIn(guide);
    expect(values, name).toEqual(expect.arrayContaining(needed[name.split('.')[1] as string] as string[]));
    expect(valuesIn(de[name]).sort(), name).toEqual(values.sort());
  }
});

test('where a sign-out comes back is no address that a provider signs out by; names never change', () => {
  for (const guides of [en, de]) {
    const said = (name: string) => guides[name]?.steps.join('\n') ?? '';
    expect(said('entra.oidc')).not.toMatch(/Front-channel/);
    expect(said('entra.saml')).toContain('user.objectid');
    expect(said('okta.saml')).toContain('getInternalProperty("id")');
  }
});
