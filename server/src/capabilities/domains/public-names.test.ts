import { expect, test } from 'vitest';
import { reasonNobodyOwns } from './public-names.ts';

test.each([
  'gmail.com',
  'googlemail.com',
  'yahoo.com',
  'yahoo.co.uk',
  'yahoo.com.au',
  'hotmail.fr',
  'outlook.com',
  'live.co.uk',
  'icloud.com',
  'gmx.net',
  'gmx.at',
  'qq.com',
  'yandex.ru',
  'proton.me',
  'web.de',
  'bigpond.net.au',
  'mail.ru',
])('%s is a public mail provider', (domain) => expect(reasonNobodyOwns(domain)).toMatch(/public mail provider/));

test.each([
  'co.uk',
  'com.au',
  'or.jp',
  'gov.au',
  'org.nz',
  'com.br',
  'github.io',
  'azurewebsites.net',
  'onmicrosoft.com',
])('%s is a public suffix', (domain) => expect(reasonNobodyOwns(domain)).toMatch(/public suffix/));

test.each(['intranet.local', 'corp.internal', 'home.arpa', 'a.test'])('%s is found nowhere', (domain) =>
  expect(reasonNobodyOwns(domain)).toMatch(/public DNS/),
);

test.each([
  'example.com',
  'example.co.uk',
  'yahoo.example.com',
  'mail.example.com',
  'gmail.example.co.uk',
  'contoso.onmicrosoft.com',
  'team.github.io',
  'com.example.com',
  'xn--bcher-kva.example',
  'outlookers.com',
  'co.example',
  'x.gov.au',
])('%s may be proved', (domain) => expect(reasonNobodyOwns(domain)).toBeNull());
