declare module 'xml-encryption' {
  /** As far as the tests use it. */
  export function encrypt(
    content: string,
    options: {
      rsa_pub: string;
      pem: string;
      encryptionAlgorithm: string;
      keyEncryptionAlgorithm: string;
      warnInsecureAlgorithm?: boolean;
    },
    done: (error: Error | null, result: string) => void,
  ): void;
}
