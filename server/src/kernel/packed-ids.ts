import { idOfBytes } from './ids.ts';

const WIDTH = 16;

/** Many ids in 16 bytes each, as they came; read each once and in their order. */
export class PackedIds {
  #bytes = Buffer.alloc(4 * WIDTH);
  #count = 0;
  /** Places of different ids, in the order of the ids. */
  #order: Uint32Array | undefined;

  static of(ids: Iterable<string>): PackedIds {
    const packed = new PackedIds();
    for (const id of ids) packed.add(id);
    return packed;
  }

  /** @param id must be one (`isId`) */
  add(id: string): void {
    const at = this.#count * WIDTH;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], at * 2);
    this.#bytes.write(id.replaceAll('-', ''), at, 'hex');
    this.#count++;
    this.#order = undefined;
  }

  /** How many came. */
  get length(): number {
    return this.#count;
  }

  has(id: string): boolean {
    return this.placeOf(id) >= 0;
  }

  /** The place at which an id came first; -1 when it did not. */
  placeOf(id: string): number {
    const wanted = Buffer.from(id.replaceAll('-', ''), 'hex');
    const order = this.#sorted();
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const place = order[middle] as number;
      const difference = this.#at(place).compare(wanted);
      if (difference === 0) return place;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  /** The id that came at a place. */
  at(place: number): string {
    return idOfBytes(this.#at(place));
  }

  /** Of each place the one at which its id came first. */
  firstPlaces(): Uint32Array {
    const firsts = new Uint32Array(this.#count);
    let first: number | undefined;
    for (const place of this.#inOrder()) {
      if (first === undefined || !this.#at(place).equals(this.#at(first))) first = place;
      firsts[place] = first;
    }
    return firsts;
  }

  /** So many at a time. */
  *slices(most: number): Generator<string[]> {
    const order = this.#sorted();
    for (let from = 0; from < order.length; from += most)
      yield Array.from(order.subarray(from, from + most), (place) => this.at(place));
  }

  *[Symbol.iterator](): Generator<string> {
    for (let place = 0; place < this.#count; place++) yield this.at(place);
  }

  #at = (place: number) => this.#bytes.subarray(place * WIDTH, (place + 1) * WIDTH);

  #sorted(): Uint32Array {
    if (this.#order) return this.#order;
    const all = this.#inOrder();
    this.#order = all.filter((place, at) => at === 0 || !this.#at(place).equals(this.#at(all[at - 1] as number)));
    return this.#order;
  }

  /** All places in the order of their ids, then as they came. */
  #inOrder(): Uint32Array {
    const bytes = this.#bytes;
    const compare = (one: number, other: number) => {
      for (let part = 0; part < WIDTH; part += 4) {
        const difference = bytes.readUInt32BE(one * WIDTH + part) - bytes.readUInt32BE(other * WIDTH + part);
        if (difference !== 0) return difference;
      }
      return one - other;
    };
    return Uint32Array.from({ length: this.#count }, (_, place) => place).sort(compare);
  }
}
