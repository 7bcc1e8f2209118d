/** Distinguished encoding (X.690), as far as certificates and key files that are written here need it. */

/** Tag, length, contents; of at most 65,535 octets. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

export const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
/** Its members in the order of their octets (section 11.6). */
export const setOf = (...parts: Buffer[]) => der(0x31, ...parts.sort(Buffer.compare));
/** @param hex the contents, encoded */
export const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
export const octetString = (contents: Buffer) => der(0x04, contents);
/** At most 31 bits, none negative. */
export function integer(value: number): Buffer {
  const contents = Buffer.alloc(4);
  contents.writeInt32BE(value);
  let first = 0;
  while (first < 3 && contents[first] === 0 && (contents[first + 1] as number) < 0x80) first += 1;
  return der(0x02, contents.subarray(first));
}
export const nothing = der(0x05);
/** What is tagged [n] around a value. */
export const explicit = (number: number, ...parts: Buffer[]) => der(0xa0 + number, ...parts);
