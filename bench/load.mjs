// A load of one request over and over, by sockets that stay open. It reads no more of an answer than its status and its
// length and makes next to nothing for each, so that what is measured has the processor.

import net from 'node:net';

/** A request that is not answered in that time ends the measurement. */
const LONGEST_MS = 10_000;

/**
 * What is read into, by all: it is looked at before the next is read. One for each would be memory outside of the heap,
 * for which this process would tidy up for 20 ms in every second turn, in the middle of what is measured.
 */
const buffer = Buffer.alloc(64 * 1024);

/** One request at a time. */
class Connection {
  #socket;
  #bytes;
  #head = '';
  /** Of the body that is still to come; undefined while the head is. */
  #left;
  #settle;

  /** @param target {{ url: string, headers: Record<string, string> }} */
  constructor({ url, headers }) {
    const { hostname, port, host, pathname } = new URL(url);
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#bytes = Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
    const onread = { buffer, callback: (length) => this.#read(length) };
    this.#socket = net.connect({ host: hostname, port: Number(port), noDelay: true, onread });
    this.#socket.setTimeout(LONGEST_MS, () => this.#socket.destroy(new Error(`${url}: no answer in ${LONGEST_MS} ms`)));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error(`${url}: the connection was closed`)));
  }

  /** @param settle called with nothing, or with an error */
  ask(settle) {
    this.#settle = settle;
    this.#socket.write(this.#bytes);
  }

  close() {
    this.#socket.destroy();
  }

  #read(length) {
    let body = length;
    if (this.#left === undefined) {
      this.#head += buffer.latin1Slice(0, length);
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return true;
      const size = /\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1];
      if (!this.#head.startsWith('HTTP/1.1 200 ') || !size) {
        this.#socket.destroy(new Error(`answered ${this.#head.slice(0, end)}`));
        return false;
      }
      this.#left = Number(size);
      body = this.#head.length - end - 4;
    }
    this.#left -= body;
    if (this.#left === 0) {
      this.#head = '';
      this.#left = undefined;
      this.#end();
    }
    return true;
  }

  #end(error) {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(error);
  }
}

/** So many at a time for so long. @returns requests a second */
export function flood(target, seconds, atOnce = 32) {
  const connections = Array.from({ length: atOnce }, () => new Connection(target));
  const until = performance.now() + seconds * 1000;
  return new Promise((resolve, reject) => {
    let done = 0;
    let busy = atOnce;
    for (const connection of connections) {
      const settle = (error) => {
        if (error) return reject(error);
        done += 1;
        if (performance.now() < until) return connection.ask(settle);
        busy -= 1;
        if (busy === 0) resolve(done / seconds);
      };
      connection.ask(settle);
    }
  }).finally(() => {
    for (const connection of connections) connection.close();
  });
}

/**
 * So many a second, evenly as far as a timer of a millisecond is even. What waits for one of the connections counts from
 * when it was to be sent.
 *
 * @returns sorted milliseconds
 */
export function paced(target, perSecond, seconds, atOnce = 64) {
  const count = Math.floor(perSecond * seconds);
  const took = new Float64Array(count);
  const dueAt = new Float64Array(count);
  const free = Array.from({ length: atOnce }, () => new Connection(target));
  const all = [...free];
  let due = 0;
  let sent = 0;
  let done = 0;
  let timer;
  return new Promise((resolve, reject) => {
    const send = () => {
      while (sent < due && free.length > 0) {
        const connection = free.pop();
        const at = sent++;
        connection.ask((error) => {
          if (error) return reject(error);
          took[at] = performance.now() - dueAt[at];
          free.push(connection);
          done += 1;
          if (done === count) resolve(took.sort());
          else if (sent < due) send();
        });
      }
    };
    const began = performance.now();
    timer = setInterval(() => {
      const now = performance.now();
      const until = Math.min(count, Math.floor(((now - began) * perSecond) / 1000));
      while (due < until) dueAt[due++] = now;
      send();
    }, 1);
  }).finally(() => {
    clearInterval(timer);
    for (const connection of all) connection.close();
  });
}

/** Of sorted numbers the one that so large a share is below. */
export const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

export const median = (numbers) =>
  at(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
