import { domainToUnicode } from 'node:url';

/**
 * Domains that no organisation can prove for itself: public mail providers, whose addresses anybody may have, and
 * public suffixes, below which anybody may register.
 */

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Providers that offer the same name below many suffixes: `yahoo.fr`, `hotmail.co.uk`. */
const mailProviders = words(`
  yahoo ymail rocketmail hotmail outlook live msn gmail googlemail gmx aol yandex icloud protonmail proton zoho tutanota
  tuta mailfence fastmail hushmail inbox rediffmail mail-com rambler`);

const mailDomains = words(`
  126.com 139.com 163.com 1und1.de 21cn.com alice.it aliyun.com arcor.de att.net bell.net bellsouth.net bigpond.com
  bigpond.net.au bluewin.ch blueyonder.co.uk bol.com.br btinternet.com caramail.com centrum.cz charter.net chello.nl
  club-internet.fr comcast.net cox.net daum.net disroot.org docomo.ne.jp duck.com earthlink.net email.com email.cz
  email.de ezweb.ne.jp fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com globo.com googlemail.com
  guerrillamail.com hanmail.net hey.com home.nl i.ua iinet.net.au ig.com.br interia.pl juno.com kakao.com keemail.me
  laposte.net libero.it libertysurf.fr list.ru lycos.com mac.com mail.bg mail.com mail.de mail.ee mail.ru mailbox.org
  mailinator.com me.com mindspring.com mm.st naver.com nate.com neuf.fr netscape.net netzero.net numericable.fr
  o2.pl onet.pl online.de online.nl optonline.net optusnet.com.au orange.fr outlook.com passport.com pm.me
  pobox.com posteo.de posteo.net poczta.onet.pl qq.com riseup.net rogers.com runbox.com sapo.pt sbcglobal.net
  seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net
  telenet.be telia.com telus.net terra.com.br tin.it tiscali.it tpg.com.au tutamail.com tuta.io ukr.net uol.com.br
  usa.net verizon.net videotron.ca virgilio.it virginmedia.com voila.fr wanadoo.fr web.de windowslive.com
  windstream.net wp.pl xs4all.nl xtra.co.nz yeah.net yopmail.com ziggo.nl zoznam.sk 10minutemail.com temp-mail.org
  tempmail.com trashmail.com sharklasers.com simplelogin.com anonaddy.com relay.firefox.com privaterelay.appleid.com`);

/** What a registry keeps below a country's suffix: `co.uk`, `com.au`, `or.jp`. */
const registryLabels = words(`
  ac ad art asn biz co com coop csiro edu ed ens fam fin fr gc go gob gok gon gos gouv gov govt gr gub gv ind inf info
  int inst id kiwi k12 law lg ltd maori med mil mi mod museum name ne net net2 nhs nic nom nome notaires oz or org other
  parliament perso plc pol police pp pres presse press priv pro qc radio sch school sci sld store tm tv web`);

/** Suffixes below which somebody else's customers register. */
const hostingSuffixes = words(`
  amplifyapp.com appspot.com azureedge.net azurestaticapps.net azurewebsites.net blogspot.com cloudapp.net
  cloudfront.net cloudflare.net ddns.net deno.dev duckdns.org dyndns.org eu.org firebaseapp.com fly.dev github.io
  gitlab.io glitch.me herokuapp.com hopto.org myshopify.com netlify.app no-ip.org now.sh ngrok.io nip.io onmicrosoft.com
  onrender.com pages.dev pythonanywhere.com readthedocs.io repl.co run.app s3.amazonaws.com sharepoint.com surge.sh
  trycloudflare.com vercel.app web.app weebly.com wixsite.com wordpress.com workers.dev uk.com us.com eu.com de.com
  gb.net uk.net za.com cn.com jpn.com co.com`);

const isRegistrySuffix = (labels: string[]) => {
  const [first = '', last = ''] = labels;
  return labels.length === 2 && last.length === 2 && (registryLabels.has(first) || first === last);
};

/** The label that names the holder: `yahoo` of `yahoo.co.uk`. */
function holderOf(labels: string[]): string | undefined {
  const suffix = isRegistrySuffix(labels.slice(-2)) ? 2 : 1;
  return labels.length === suffix + 1 ? labels[0] : undefined;
}

/**
 * Why nobody may prove the domain; null when somebody may.
 *
 * @param domain in ASCII form, lower case, two labels or more
 */
export function reasonNobodyOwns(domain: string): string | null {
  const labels = domain.split('.');
  if (mailDomains.has(domain) || mailProviders.has(holderOf(labels) ?? ''))
    return 'is a public mail provider, whose addresses anybody may have; it belongs to no organisation';
  if (isRegistrySuffix(labels) || hostingSuffixes.has(domain))
    return `is a public suffix, below which anybody may register; name your own domain, as in example.${domainToUnicode(domain)}`;
  if (/(^|\.)(local|localhost|internal|invalid|test|home\.arpa|onion|arpa)$/.test(domain))
    return 'cannot be found in the public DNS';
  return null;
}
