import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import dnsPacket, { type Packet } from 'dns-packet';
import { afterAll } from 'vitest';

/** A name server of the test's own, over UDP and TCP: answers what it is told, for TXT only. */
export async function aNameServer() {
  const records = new Map<string, string[][]>();
  const asked: string[] = [];
  let failing: 'SERVFAIL' | 'silent' | undefined;
  let isTruncating = false;

  const answer = (query: Packet, overUdp: boolean): Buffer | undefined => {
    const name = query.questions?.[0]?.name.toLowerCase() ?? '';
    asked.push(overUdp ? `${name} by UDP` : `${name} by TCP`);
    if (failing === 'silent') return undefined;
    const found = records.get(name);
    const isCut = overUdp && isTruncating;
    const rcode = failing ? 2 : found ? 0 : 3;
    return dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags:
        dnsPacket.RECURSION_DESIRED |
        dnsPacket.RECURSION_AVAILABLE |
        (isCut ? dnsPacket.TRUNCATED_RESPONSE : 0) |
        rcode,
      questions: query.questions ?? [],
      answers: isCut || failing ? [] : (found ?? []).map((data) => ({ type: 'TXT' as const, name, ttl: 0, data })),
    });
  };

  const udp = createSocket('udp4');
  udp.on('message', (message, { port, address }) => {
    const reply = answer(dnsPacket.decode(message), true);
    if (reply) udp.send(reply, port, address);
  });
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const { port } = udp.address();
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      const reply = answer(dnsPacket.streamDecode(bytes), false);
      if (!reply) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    });
  });
  await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve));
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([new Promise<void>((done) => udp.close(done)), new Promise((done) => tcp.close(done))]);
  });

  return {
    address: `127.0.0.1:${port}`,
    /** What was asked, and how. */
    asked,
    /** Gives a name these TXT records, each of one part; none take the name away. */
    set: (name: string, ...values: (string | string[])[]) =>
      values.length === 0
        ? records.delete(name)
        : records.set(
            name,
            values.map((value) => (Array.isArray(value) ? value : [value])),
          ),
    /** Answers nobody, or everybody that it failed. */
    fail: (how?: 'SERVFAIL' | 'silent') => {
      failing = how;
    },
    /** Answers over UDP that there is more over TCP. */
    truncate: (does: boolean) => {
      isTruncating = does;
    },
  };
}
