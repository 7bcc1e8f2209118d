import { createHash } from 'node:crypto';
import { redirectTo } from '../../capabilities/identity-providers/service.ts';
import { Reply } from '../../kernel/operation.ts';
import type { Carried } from './requests.ts';
import { escaped } from './xml.ts';

/** Sends the browser on with a message: to its address, or by a page whose form it posts (bindings, section 3.5). */
export const sendOn = ({ url, form }: Carried, cookies: string[] = []): Reply =>
  form ? new Reply(pageOf(url, form), { status: 200, headers: headersWith(cookies) }) : redirectTo(url, cookies);

const SCRIPT = 'document.forms[0].submit()';

const headersWith = (cookies: string[]) => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  // Where the form goes is not limited here: browsers hold redirects that follow it against the limit too, and a
  // provider may have its own pages anywhere.
  'content-security-policy': `default-src 'none'; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'`,
  ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
});

/** Without scripts it is a page with a button. */
const pageOf = (url: string, form: Record<string, string>) => {
  const fields = Object.entries(form).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>To your identity provider</title><form method="post" action="${escaped(url)}">${fields.join('')}<noscript><p>You go on to your identity provider.</p><button>Continue</button></noscript></form><script>${SCRIPT}</script></html>\n`;
};
