import { z } from 'zod';
import { skeleton } from '../../kernel/canonical.ts';
import { text } from '../../kernel/schema.ts';
import { ItemName, NewService } from '../services/schema.ts';
import { AgentCertificates, NewGateway, NewRoute, NewRule } from './schema.ts';

/** Gateways as they are written down for another place: by names, without ids, times and keys. */

const service = NewService.shape.name.describe('The name of the service.');

export const RouteSettings = NewRoute.omit({ serviceId: true }).extend({
  service,
  item: ItemName.nullable().default(null),
});
export type RouteSettings = z.output<typeof RouteSettings>;

/** A name to look up: a directory may have given it, longer and otherwise than is asked here. */
export const GroupNamed = z.string().min(1, 'must not be empty').max(512, 'must have at most 512 characters');

export const RuleSettings = NewRule.omit({ serviceId: true, groupIds: true }).extend({
  service,
  item: ItemName.nullable().default(null),
  groups: z
    .array(GroupNamed)
    .max(100, 'must name at most 100 groups')
    .refine((groups) => new Set(groups.map(skeleton)).size === groups.length, 'must name each group once')
    .default([])
    .describe('The names of the groups that are let in.'),
});
export type RuleSettings = z.output<typeof RuleSettings>;

const once = <T>(subjectOf: (part: T) => string) => {
  return (parts: T[]) => new Set(parts.map(subjectOf)).size === parts.length;
};

export const subjectOf = ({ service, item }: Pick<RuleSettings, 'service' | 'item'>) =>
  item === null ? service : `${service}: ${item}`;

export const GatewaySettings = z.strictObject({
  name: NewGateway.shape.name,
  prefix: NewGateway.shape.prefix.unwrap().default(''),
  description: NewGateway.shape.description.unwrap().default(''),
  identityProvider: text(100).nullable().default(null).describe('The name of the provider whose tokens are accepted.'),
  audiences: NewGateway.shape.audiences.unwrap().default([]),
  agentCertificates: AgentCertificates.nullable()
    .default(null)
    .describe(
      'What client certificates its programs must come with, in PEM. A gateway that asks for some already keeps its own.',
    ),
  routes: z
    .array(RouteSettings)
    .max(500, 'must have at most 500 routes')
    .refine(
      once<RouteSettings>(({ name }) => name),
      'must name each route once',
    )
    .default([]),
  rules: z
    .array(RuleSettings)
    .max(5000, 'must have at most 5,000 rules')
    .refine(once(subjectOf), 'must have one rule for each service and item')
    .default([]),
});
export type GatewaySettings = z.output<typeof GatewaySettings>;

export const GatewaysSettings = z
  .array(GatewaySettings)
  .max(1000, 'must have at most 1,000 gateways')
  .refine(
    once<GatewaySettings>(({ name }) => skeleton(name)),
    'must name each gateway once',
  )
  .refine(
    once<GatewaySettings>(({ prefix }) => prefix),
    'must give each gateway a prefix of its own',
  );
