import type { components } from './openapi.gen.ts';

/** How the types of one operation in the contract become the types of one method of the client. */

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  /** A creating POST: an Idempotency-Key goes with it. */
  creates?: true;
}

/** What every call takes beside its own parameters. */
export interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export interface Result<Data> {
  data: Data;
  /** The object's version, to be sent as `ifMatch` with its next change; null when the reply has none. */
  etag: string | null;
  response: Response;
}

type HeaderNames<O> = O extends { parameters: { header?: infer H } }
  ? [NonNullable<H>] extends [never]
    ? never
    : keyof NonNullable<H>
  : never;
type PathOf<O> = O extends { parameters: { path: infer P } } ? P : unknown;
type QueryOf<O> = O extends { parameters: { query?: infer Q } }
  ? [NonNullable<Q>] extends [never]
    ? unknown
    : { [K in keyof NonNullable<Q>]: K extends 'limit' ? NonNullable<Q>[K] | number : NonNullable<Q>[K] }
  : unknown;
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody?: infer R }
    ? [NonNullable<R>] extends [never]
      ? unknown
      : NonNullable<R> extends { content: { 'application/json': infer B } }
        ? { body?: B }
        : unknown
    : unknown;
type VersionOf<O> = O extends { parameters: { header: { 'If-Match': string } } }
  ? {
      /** The ETag that was read, or `*` to overwrite whatever is there. */
      ifMatch: string | null;
    }
  : 'If-Match' extends HeaderNames<O>
    ? {
        /** The ETag that was read, where it is to be done only while that is still the one. */
        ifMatch?: string | null;
      }
    : unknown;
type IdempotencyOf<O> =
  'Idempotency-Key' extends HeaderNames<O>
    ? {
        /** One for each thing to create; made for each call when left out. */
        idempotencyKey?: string;
      }
    : unknown;

type ConfirmOf<O> =
  'X-Bailiwick-Confirm' extends HeaderNames<O>
    ? {
        /** The name of the namespace, when it is protected. */
        confirm?: string;
      }
    : unknown;

export type Input<O> = PathOf<O> &
  QueryOf<O> &
  BodyOf<O> &
  VersionOf<O> &
  IdempotencyOf<O> &
  ConfirmOf<O> &
  CallOptions;

type Success = 200 | 201 | 202 | 204;

/**
 * The body of a success: an object, text when it is not JSON, undefined when there is none. A change that waits for a
 * second person is none: it is thrown (`ChangeWaits`).
 */
export type DataOf<O> = O extends { responses: infer R }
  ? Exclude<
      {
        [S in keyof R & Success]: R[S] extends { content: { 'application/json': infer D } }
          ? D
          : S extends 204
            ? undefined
            : string;
      }[keyof R & Success],
      components['schemas']['ChangeAsked']
    >
  : never;

export type Call<O> =
  Record<never, never> extends Input<O>
    ? (input?: Input<O>) => Promise<Result<DataOf<O>>>
    : (input: Input<O>) => Promise<Result<DataOf<O>>>;
