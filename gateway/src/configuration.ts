import type { components } from '@bailiwick/sdk';
import { type RuleFacts, type Table, tableOf } from '../../server/src/capabilities/gateways/deciding.ts';
import { Signer } from './signer.ts';

/** As the region gives it. */
export type Configuration = components['schemas']['AgentConfiguration'];
export type Route = Configuration['routes'][number];

/** What requests are decided by, put in order once. */
export interface InForce {
  configuration: Configuration;
  table: Table<Route>;
  signer: Signer | null;
}

export const putInForce = (configuration: Configuration): InForce => ({
  configuration,
  table: tableOf<Route>(configuration.routes, configuration.rules as RuleFacts[]),
  signer: configuration.signing ? new Signer(configuration.signing) : null,
});
