import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { keepATick } from '../../server/src/kernel/kept-tick.ts';
import { Control } from './control.ts';
import { Gateway } from './gateway.ts';
import { Journal } from './journal.ts';
import { Folder, type Kept } from './kept.ts';
import { logTo } from './log.ts';
import { OwnCertificate } from './own-certificate.ts';
import { People } from './people.ts';
import { Region, RegionAway, RegionMissed, RegionRefuses } from './region.ts';
import { Reporting } from './reporting.ts';
import { readSettings, type Settings, StartProblem, usage } from './settings.ts';
import { letHelpersStepBack } from './threads.ts';

/** Start-up: enrolment where there is none, then configuration, door and reports; and the way down. */

/** V8 for a program that is small, has little to tidy up and shares its processors (decision 31). */
for (const flag of [
  // What lives between requests is small: V8 would let it double before it takes garbage away.
  '--heap-growing-percent=20',
  // What a literal made in a burst V8 makes in the old heap from then on, and with it all of a request lives on (decision 14).
  '--no-allocation-site-pretenuring',
  // This thread tidies up in less than a millisecond. A helper that gets no processor holds all requests meanwhile.
  '--no-parallel-scavenge',
  '--no-parallel-compaction',
  '--no-parallel-pointer-update',
  // Pieces of bodies are given back at once: a helper comes to it when as many again have been read.
  '--no-concurrent-array-buffer-sweeping',
  // To compile undici's parser a second time takes 30 MB, just when the first requests come, and gains nothing.
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
])
  setFlagsFromString(flag);
letHelpersStepBack();
keepATick();

const program = '0.1.0';
const REPORT_MS = 10_000;
/** An end waits no longer than this for the region to hear of it. */
const GOODBYE_MS = 1_000;
const log = logTo((line) => process.stdout.write(line));

async function run(args: string[]) {
  if (args.includes('--help') || args.includes('-h') || args[0] === 'help') {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const settings = readSettings(args, process.env);
  const folder = new Folder(settings.data);
  const kept = await enrolled(settings, folder);
  const { agentKey, agentId, gateway: carried } = kept;
  const region = new Region(kept.url, agentKey, settings.client, log);
  const people = new People(region, agentId);
  const control = new Control(region, folder, { agentKey, agentId, holdMs: settings.holdMs }, log);
  const journal = new Journal(join(settings.data, 'journal'), settings.journalBytes, log);
  const reporting = new Reporting(journal, region, agentId, log);
  const certificate = settings.tls ? new OwnCertificate(settings.tls, log) : undefined;
  const gateway = new Gateway(settings, carried.id, { control, people, journal, certificate }, log);
  const startedAt = new Date().toISOString();
  const running = Promise.all([control.run(), reporting.run()]);

  const report = (hasEnded = false) => {
    const { inForce } = control;
    const refusal = inForce?.configuration.refusal ?? undefined;
    const state = gateway.isDraining ? 'draining' : inForce && refusal === undefined ? 'serving' : 'refusing';
    return region.ask('POST', `/agents/${agentId}/report`, {
      program,
      configuration: inForce?.configuration.version ?? null,
      state: hasEnded ? 'ended' : state,
      problem: problemOf([control, { problem: refusal }, journal, certificate, reporting]),
      startedAt,
      ...gateway.counts,
      openRequests: gateway.openRequests,
      journal: { ...journal.counts, leftOut: reporting.leftOut },
    });
  };
  let refused: string | undefined;
  // That the region is away, or takes the enrolment back, the question for the configuration finds out and says.
  const tell = async () => {
    try {
      await report();
      refused = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof RegionRefuses && error.isAboutWhatWasSent && refused !== message) {
        refused = message;
        log('error', 'the region does not take this report: is this program newer than the region?', { message });
      }
    }
  };
  /** Settles when no report is under way. */
  let told: Promise<unknown> = Promise.resolve();
  const keepTelling = () => {
    told = Promise.all([told, tell()]).then(() => undefined); // its value would hold all those before
  };
  const telling = setInterval(keepTelling, REPORT_MS);

  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    clearInterval(telling);
    log('info', 'draining');
    control.stop();
    keepTelling();
    await gateway.stop();
    people.stop();
    certificate?.stop();
    reporting.stop();
    await journal.close();
    // The last word, behind those under way. A region that is away finds out by the silence.
    const goodbye = told.then(() => report(true)).catch(() => undefined);
    await Promise.race([goodbye, setTimeout(GOODBYE_MS)]);
    await region.close();
    await running;
    log('info', 'ended');
    process.exit(0);
  };
  if (certificate) process.on('SIGHUP', () => certificate.look());
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  process.on('unhandledRejection', (error) =>
    log('error', 'a promise was left unheard', { message: (error as Error)?.message, stack: (error as Error)?.stack }),
  );

  // With nothing to decide by it would only refuse; a load balancer asks /.bailiwick/health.
  while (!control.inForce && !control.problem && !isStopping) await setTimeout(20);
  const url = await gateway.listen();
  const proxyUrl = await gateway.listenToProxies();
  keepTelling();
  if (proxyUrl) log('info', 'proxies ask here', { url: proxyUrl });
  process.stdout.write(`Bailiwick gateway ${kept.gateway.name} is ready at ${url}\n`);
}

/** The first that says one, in words. */
const problemOf = (parts: ({ problem: string | undefined } | undefined)[]): string | null =>
  parts.find((part) => part?.problem !== undefined)?.problem?.slice(0, 500) ?? null;

/** The enrolment that is kept, or a new one. Another key takes the place of the kept one. */
async function enrolled(settings: Settings, folder: Folder): Promise<Kept> {
  const kept = folder.readEnrolment();
  const agentKey = settings.agentKey ?? kept?.agentKey;
  if (!agentKey)
    throw new StartProblem(`Not enrolled yet: name the agent key of the namespace with --enrol.\n\n${usage}`);
  if (kept && kept.agentKey === agentKey) {
    tellOf(folder.requireGateway(kept, settings.gateway));
    if (settings.url !== undefined && settings.url !== kept.url && settings.url !== kept.askedAt)
      log('warn', 'enrolled already: --url is not asked; to enrol elsewhere name another --data', {
        url: settings.url,
        asked: kept.url,
      });
    return kept;
  }
  const askedAt = settings.url ?? 'http://localhost:7070';
  const region = new Region(askedAt, agentKey, settings.client, log);
  try {
    const asked = { name: settings.name, ...(settings.gateway ? { gateway: settings.gateway } : {}) };
    for (let pause = 500; ; pause = Math.min(2 * pause, 5_000))
      try {
        if (kept && (await isKnown(region, kept.agentId))) {
          tellOf(folder.requireGateway(kept, settings.gateway));
          return remember({ ...kept, agentKey, url: region.url, askedAt });
        }
        const { body } = await region.ask('POST', '/agents', asked);
        const { id, gateway } = body as { id: string; gateway: { id: string; name: string } };
        log('info', 'enrolled', { agentId: id, gateway: gateway.name });
        return remember({ agentKey, url: region.url, askedAt, agentId: id, gateway });
      } catch (error) {
        if (error instanceof RegionRefuses || error instanceof RegionMissed)
          throw new StartProblem(`Not enrolled: ${error.message}`);
        if (!(error instanceof RegionAway)) throw error;
        log('warn', 'not enrolled yet', { message: error.message });
        await setTimeout(pause);
      }
  } finally {
    await region.close();
  }
  function remember(enrolment: Kept) {
    folder.writeEnrolment(enrolment);
    return enrolment;
  }
}

function tellOf(message: string | undefined) {
  if (message !== undefined) log('warn', 'another gateway is named', { message });
}

async function isKnown(region: Region, agentId: string): Promise<boolean> {
  try {
    await region.ask('GET', `/agents/${agentId}/configuration?waitSeconds=0`);
    return true;
  } catch (error) {
    if (error instanceof RegionRefuses && error.status === 404) return false;
    if (error instanceof RegionRefuses) throw new StartProblem(`The region refuses: ${error.message}`);
    throw error;
  }
}

run(process.argv.slice(2).filter((argument, at) => at > 0 || argument !== 'gateway')).catch((error: unknown) => {
  const isPlain = error instanceof StartProblem;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  process.stderr.write(`${isPlain || code === 'EADDRINUSE' || code === 'EACCES' ? message : stack}\n`);
  process.exit(1);
});
