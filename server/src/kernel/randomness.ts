import { randomBytes, randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;

/**
 * Bytes from the system's generator (`crypto.randomFillSync`), which is asked for many at once: a call for each id,
 * nonce and key costs more than what is made of it. What was handed out is wiped from the pool.
 */
export function secureBytes(count: number): Buffer {
  if (count > pool.length) return randomBytes(count);
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return taken;
}
