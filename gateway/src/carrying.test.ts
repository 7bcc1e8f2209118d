import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { expect, test } from 'vitest';
import { type Carried, Carrying, CutOff } from './carrying.ts';

const RESPONSE_MS = 5_000;
const IDLE_MS = 600_000;

/** A request that an upstream has, and has not answered. */
function aCarriage() {
  const controller = { paused: false } as unknown as Dispatcher.DispatchController;
  const request = { method: 'GET', headers: {}, rawHeaders: [], complete: true, isPaused: () => false };
  const socket = { bytesRead: 0 };
  const reply = Object.assign(new EventEmitter(), {
    headersSent: false,
    writableFinished: false,
    writeHead: () => Object.assign(reply, { headersSent: true }),
    write: () => true,
    end: () => reply,
    destroyed: false,
    destroy: () => reply.destroyed || Object.assign(reply, { destroyed: true }).emit('close'),
  });
  const dispatch = (_: Dispatcher.DispatchOptions, handler: Carrying) => {
    controller.abort = (reason) => handler.onResponseError(controller, reason);
    handler.onRequestStart(controller);
    return true;
  };
  const headers = { set: [], remove: [] };
  const carried = {
    request: Object.assign(request, { socket }),
    asked: { query: '' },
    admitted: {
      route: { requestHeaders: headers, responseHeaders: headers, responseTimeoutMs: RESPONSE_MS },
      upstreamUrl: 'http://orders.internal/',
    },
    requestId: 'id',
    own: [],
    signed: {},
    upstreams: { of: () => ({ origin: 'http://orders.internal', pathOf: () => '/', agent: { dispatch } }) },
  } as unknown as Carried;
  const carrying = new Carrying(carried, reply as unknown as ServerResponse, 1_000);
  return { carrying, request, socket, reply, controller, now: performance.now() };
}

test('an upstream is late when it has the request and its time is over', async () => {
  const { carrying, now } = aCarriage();
  carrying.look(now + RESPONSE_MS - 1_000);
  carrying.look(now + RESPONSE_MS + 1_000);
  await expect(carrying.done).rejects.toMatchObject({ status: 504, code: 'upstream-late' });
});

test('its time begins when the whole body has come, however slowly that comes', async () => {
  const { carrying, request, socket, now } = aCarriage();
  request.complete = false;
  carrying.look(now + 10 * RESPONSE_MS);
  request.isPaused = () => true;
  socket.bytesRead = 10;
  carrying.look(now + 20 * RESPONSE_MS);
  request.complete = true;
  carrying.look(now + 20.9 * RESPONSE_MS);
  carrying.look(now + 21.1 * RESPONSE_MS);
  await expect(carrying.done).rejects.toMatchObject({ status: 504 });
});

test('bytes of the next request on the connection give an upstream no more time', async () => {
  const { carrying, socket, now } = aCarriage();
  for (const at of [0.1, 0.6, 1.2]) {
    socket.bytesRead += 10;
    carrying.look(now + at * RESPONSE_MS);
  }
  await expect(carrying.done).rejects.toMatchObject({ status: 504 });
});

test('a request is looked at, and ended, when it has no socket any more', async () => {
  const { carrying, request, now } = aCarriage();
  Object.assign(request, { socket: null });
  carrying.look(now + 0.5 * RESPONSE_MS);
  carrying.look(now + RESPONSE_MS + 1_000);
  await expect(carrying.done).rejects.toMatchObject({ status: 504 });
});

test('an upstream that takes no more of a body is late too', async () => {
  const { carrying, request, now } = aCarriage();
  request.complete = false;
  request.isPaused = () => true;
  carrying.look(now + RESPONSE_MS + 1_000);
  await expect(carrying.done).rejects.toMatchObject({ status: 504 });
});

test('an answer that stands still is cut off, but not for one who reads slowly', async () => {
  const { carrying, controller, now } = aCarriage();
  carrying.onResponseStart(controller, 200, {});
  Object.assign(controller, { paused: true });
  carrying.look(now + 2 * IDLE_MS);
  Object.assign(controller, { paused: false });
  carrying.look(now + 2.9 * IDLE_MS);
  carrying.look(now + 3.1 * IDLE_MS);
  await expect(carrying.done).rejects.toMatchObject({ status: 504 });
});

test('cut before there is an answer it is 403; who hung up is told nothing', async () => {
  const one = aCarriage();
  one.carrying.cut();
  await expect(one.carrying.done).rejects.toMatchObject({ status: 403, code: 'not-let-in' });
  const two = aCarriage();
  two.reply.emit('close');
  await expect(two.carrying.done).rejects.toBeInstanceOf(CutOff);
});

test('what undici does not take for an answer is not asked for once more', async () => {
  const { carrying, controller } = aCarriage();
  carrying.onResponseError(controller, Object.assign(new Error('bad response'), { code: 'UND_ERR_SOCKET' }));
  await expect(carrying.done).rejects.toMatchObject({ status: 502 });
});
