import { parseOptions } from '@node-rs/argon2';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { checkPassword, dummyHash, PasswordQueue, PasswordQueueFull } from './passwords.ts';

const alone = { minLength: 15 } as const;

test.each([
  'correct mule stapler 9',
  'tr4vel-Lighthouse',
  'xkcdqvzmwpltrgh',
  'дом, река, облако',
  '雨の日は本を読んで静かに過ごす夜',
  'the lamp eats a green tuesday',
  'a'.concat('Zk3 '.repeat(2), 'vowel mist tin'),
  `${'the lamp eats a green tuesday '.repeat(8)}and more`,
])('%j is good enough', (password) => {
  expect(checkPassword(password, alone)).toEqual({ ok: true });
});

test.each([
  ['fourteen chars', 'at least 15'],
  ['', 'at least 15'],
  ['👍'.repeat(14), 'at least 15'],
  ['e\u0301'.repeat(14), 'at least 15'],
  ['a'.repeat(257), 'at most 256'],
  ['字'.repeat(342), 'at most 256'],
  ['x'.repeat(1_000_000), 'at most 256'],
  ['good enough but\0for one', 'control'],
  ['good enough but\ud800for one', 'control'],
  ['aaaaaaaaaaaaaaaaaaaa', 'repetitions'],
  ['                    ', 'repetitions'],
  ['abcabcabcabcabcabc', 'repetitions'],
  ['xq7xq7xq7xq7xq7xq', 'repetitions'],
  ['abcdefghijklmnop', 'sequences'],
  ['ponmlkjihgfedcba', 'sequences'],
  ['123456789012345', 'sequences'],
  ['qwertyuiopasdfgh', 'sequences'],
  ['1111222233334444', 'repetitions'],
  ['passwordpassword', 'common'],
  ['Password1234567!', 'common'],
  ['P@ssw0rd-P@ssw0rd', 'common'],
  ['CorrectHorseBatteryStaple', 'common'],
  ['iloveyou-football', 'common'],
  ['ToBeOrNotToBeThatIsTheQuestion', 'common'],
])('%j is refused', (password, message) => {
  const shown = password.slice(0, 40);
  expect(checkPassword(password, alone), shown).toEqual({ ok: false, message: expect.stringContaining(message) });
});

test('a password is not built from what everyone knows of the person', () => {
  const about = { ...alone, email: 'Ann.Sørensen@northwind.example', names: ['Ann Sørensen', 'Northwind Traders'] };
  for (const password of [
    'ann.sørensen@northwind.example',
    'AnnSørensen2026!',
    'NorthwindTraders1',
    'Bailiwick-Bailiwick',
    'Bailiwick2026!!!',
    'B4iliwick northw1nd',
  ]) {
    expect(checkPassword(password, about), password).toEqual({ ok: false, message: expect.stringContaining('name') });
  }
  expect(checkPassword('my lamp at Northwind is green', about)).toEqual({ ok: true });
  expect(checkPassword('AnnSørensen2026!', alone)).toEqual({ ok: true });
});

test('beside a second factor eight characters suffice', () => {
  expect(checkPassword('mq7 tulk', { minLength: 8 })).toEqual({ ok: true });
  expect(checkPassword('mq7 tul', { minLength: 8 })).toMatchObject({ ok: false });
  expect(checkPassword('password', { minLength: 8 })).toMatchObject({ ok: false });
  expect(checkPassword('dragon12', { minLength: 8 })).toMatchObject({ ok: false });
});

test('256 characters and 1,024 bytes are the most, exactly', () => {
  const phrase = (length: number) =>
    [...'the lamp eats a green tuesday '.repeat(10)]
      .slice(0, length - 1)
      .concat('z')
      .join('');
  expect(checkPassword(phrase(256), alone).ok).toBe(true);
  expect(checkPassword(phrase(257), alone).ok).toBe(false);
});

test('every text is taken or refused, and quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary' }), (password, name) => {
      const result = checkPassword(password, { ...alone, email: name, names: [name] });
      expect(result.ok || result.message).toBeTruthy();
    }),
  );
});

test('a hash is argon2id at the cost that the dummy has, and differs each time', async () => {
  const queue = new PasswordQueue();
  const [first, second] = await Promise.all([
    queue.hashPassword('t', 'a pass phrase'),
    queue.hashPassword('t', 'a pass phrase'),
  ]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(second).not.toBe(first);
  expect(parseOptions(dummyHash)).toEqual(parseOptions(first));
  expect(await queue.verifyPassword('t', first, 'a pass phrase')).toBe(true);
  expect(await queue.verifyPassword('t', first, 'a pass phrasf')).toBe(false);
});

test('the whole password counts, in one normal form', async () => {
  const queue = new PasswordQueue();
  const stem = 'x'.repeat(72);
  const stored = await queue.hashPassword('t', `${stem}1`);
  expect(await queue.verifyPassword('t', stored, `${stem}2`)).toBe(false);
  const accented = await queue.hashPassword('t', 'café');
  expect(await queue.verifyPassword('t', accented, 'cafe\u0301')).toBe(true);
});

test('an unknown account costs a hash and never matches', async () => {
  const queue = new PasswordQueue();
  const began = performance.now();
  expect(await queue.verifyPassword('t', undefined, 'anything')).toBe(false);
  expect(performance.now() - began).toBeGreaterThan(2);
});

test('a password too long is neither hashed nor checked', async () => {
  const queue = new PasswordQueue({ perKey: 0 });
  await expect(queue.hashPassword('t', 'x'.repeat(300))).rejects.toThrow(TypeError);
  expect(await queue.verifyPassword('t', dummyHash, 'x'.repeat(1_000_000))).toBe(false);
});

/** Work that ends when it is told to, and a record of what began. */
function gates(queue: PasswordQueue) {
  const began: string[] = [];
  const open: (() => void)[] = [];
  const add = (key: string, name: string, group?: string) =>
    queue.run(
      key,
      () => {
        began.push(name);
        return new Promise<string>((resolve) => open.push(() => resolve(name)));
      },
      group,
    );
  const finishOne = async () => {
    open.shift()?.();
    await new Promise(setImmediate);
  };
  return { began, add, finishOne };
}

test('who has fewest waiting is next, and equals take turns', async () => {
  const { began, add, finishOne } = gates(new PasswordQueue({ concurrency: 1 }));
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1', 'c2', 'd1'].map((name) => add(name.charAt(0), name));
  for (let step = 0; step < 9; step++) await finishOne();
  expect((await Promise.all(all)).length).toBe(9);
  expect(began).toEqual(['a1', 'd1', 'b1', 'b2', 'c1', 'c2', 'a2', 'a3', 'a4']);
});

test('whoever comes again and again is not behind those who wait in numbers, which get one turn in sixteen', async () => {
  const { began, add, finishOne } = gates(new PasswordQueue({ concurrency: 1, total: 200 }));
  const all = Array.from({ length: 90 }, (_, at) => add(`source ${at}`, 'flood', 'a.example'));
  for (let at = 0; at < 60; at++) {
    all.push(add('elsewhere', 'quiet', 'b.example'));
    await finishOne();
  }
  const floods = began.slice(1, 61).filter((name) => name === 'flood').length;
  expect(floods).toBeGreaterThan(0);
  expect(floods).toBeLessThanOrEqual(4);
  while (began.length < 150) await finishOne();
  await finishOne();
  expect(await Promise.all(all)).toHaveLength(150);
});

test('a source that asks for many groups waits as one that asks for one', async () => {
  const { began, add, finishOne } = gates(new PasswordQueue({ concurrency: 1, total: 100 }));
  const all = Array.from({ length: 10 }, (_, at) => add('source', 'flood', `${at}.example`));
  for (const name of ['1', '2', '3']) all.push(add('elsewhere', name, 'b.example'));
  for (let step = 0; step < 13; step++) await finishOne();
  expect(began.slice(1, 4)).toEqual(['1', '2', '3']);
  expect(await Promise.all(all)).toHaveLength(13);
});

test('a flood from many sources at one group delays another group by the hash that runs', async () => {
  const { began, add, finishOne } = gates(new PasswordQueue({ concurrency: 1, total: 100 }));
  const flood = Array.from({ length: 50 }, (_, at) => add(`source ${at}`, 'flood', 'a.example'));
  flood.push(add('source 50', 'flood', 'a.example'));
  await expect(add('source 51', 'flood', 'a.example')).rejects.toThrow(PasswordQueueFull);
  for (let step = 0; step < 5; step++) await finishOne();
  const others = ['1', '2', '3'].map((name) => add('elsewhere', name, 'b.example'));
  for (let step = 0; step < 49; step++) await finishOne();
  expect(began.slice(6, 9)).toEqual(['1', '2', '3']);
  expect(await Promise.all([...flood, ...others])).toHaveLength(54);
});

test('who guessed wrongly of late comes after others, also with fewer waiting', async () => {
  const queue = new PasswordQueue({ concurrency: 1 });
  const { began, add, finishOne } = gates(queue);
  for (let wrong = 0; wrong < 4; wrong++) queue.noteWrong('source', 'a.example');
  const all = [
    add('first', 'first'),
    add('source', 'same source', 'b.example'),
    add('other', 'same group', 'a.example'),
  ];
  for (const name of ['1', '2', '3']) all.push(add('elsewhere', name, 'c.example'));
  for (let step = 0; step < 6; step++) await finishOne();
  expect(began.slice(0, 4)).toEqual(['first', '1', '2', '3']);
  expect(await Promise.all(all)).toHaveLength(6);
});

test('a rightful person of a flooded group comes before the flood: its sources were wrong of late', async () => {
  const queue = new PasswordQueue({ concurrency: 1 });
  const { began, add, finishOne } = gates(queue);
  for (let at = 0; at < 20; at++) queue.noteWrong(`source ${at}`, 'a.example');
  const all = Array.from({ length: 20 }, (_, at) => add(`source ${at}`, 'flood', 'a.example'));
  for (const name of ['1', '2', '3']) all.push(add('her own', name, 'a.example'));
  for (let step = 0; step < 23; step++) await finishOne();
  expect(began.slice(1, 6)).toEqual(['1', '2', '3', 'flood', 'flood']);
  expect(await Promise.all(all)).toHaveLength(23);
});

test('a flood gets half of the time at most: after each of its hashes as much is left to others', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  try {
    const queue = new PasswordQueue({ concurrency: 1 });
    const { began, add, finishOne } = gates(queue);
    for (let at = 0; at < 40; at++) queue.noteWrong(`source ${at}`, 'a.example');
    const all = ['flood 1', 'flood 2'].map((name) => add(name, name, 'a.example'));
    vi.advanceTimersByTime(30);
    await finishOne();
    vi.advanceTimersByTime(29);
    expect(began).toEqual(['flood 1']);
    all.push(add('elsewhere', 'quiet', 'b.example'));
    expect(began).toEqual(['flood 1', 'quiet']);
    vi.advanceTimersByTime(1);
    await finishOne();
    expect(began).toEqual(['flood 1', 'quiet', 'flood 2']);
    await finishOne();
    expect(await Promise.all(all)).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});

test('no more run at once than allowed', async () => {
  const { began, add, finishOne } = gates(new PasswordQueue({ concurrency: 2 }));
  const all = ['1', '2', '3', '4'].map((name) => add('a', name));
  expect(began).toEqual(['1', '2']);
  await finishOne();
  expect(began).toEqual(['1', '2', '3']);
  for (let step = 0; step < 3; step++) await finishOne();
  expect(await Promise.all(all)).toHaveLength(4);
});

test('a full queue refuses: its own key first, then all', async () => {
  const { add, finishOne } = gates(new PasswordQueue({ concurrency: 1, perKey: 2, total: 3 }));
  const taken = [add('a', 'running'), add('a', '1'), add('a', '2')];
  await expect(add('a', '3')).rejects.toThrow(PasswordQueueFull);
  taken.push(add('b', '1'));
  await expect(add('c', '1')).rejects.toMatchObject({ retryAfterSeconds: 2 });
  for (let step = 0; step < 4; step++) await finishOne();
  expect(await Promise.all(taken)).toHaveLength(4);
  const later = add('a', '4');
  await finishOne();
  expect(await later).toBe('4');
});

test('work that fails tells its caller and frees its place', async () => {
  const queue = new PasswordQueue({ concurrency: 1 });
  await expect(queue.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  const atOnce = () => {
    throw new Error('broken at once');
  };
  await expect(queue.run('a', atOnce)).rejects.toThrow('broken at once');
  expect(await queue.run('a', () => Promise.resolve(1))).toBe(1);
});
