import { z } from 'zod';
import { allow, member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Task } from '../tasks/schema.ts';
import { readTask } from '../tasks/service.ts';
import { closeCampaign, closingJobs } from './closing.ts';
import { carryOut, decideItem, decideMany, decidingJobs, lookAtRemoval } from './deciding.ts';
import { exportCampaign, exportJobs } from './exporting.ts';
import { gathering } from './gathering.ts';
import {
  CampaignQuery,
  ItemQuery,
  NewReviewCampaign,
  ReviewCampaign,
  ReviewCampaignChanges,
  ReviewCampaignList,
  ReviewClosing,
  ReviewDecision,
  ReviewDecisions,
  ReviewExport,
  ReviewItem,
  ReviewItemList,
  ReviewLook,
  ReviewLooked,
  ReviewReport,
} from './schema.ts';
import { changeCampaign, createCampaign, listCampaigns, listItems, readCampaign, readReport } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneCampaign = z.strictObject({ tenantId: Id, id: Id });
const OneItem = z.strictObject({ tenantId: Id, id: Id, itemId: Id });
const path = '/v1/tenants/:tenantId/review-campaigns';
const reviewers = member('reviewers decide about what is theirs; those who may see groups see all');

export const reviewCampaigns: Capability = {
  name: 'review-campaigns',
  operations: [
    operation({
      id: 'review-campaigns.list',
      method: 'GET',
      path,
      summary: 'List access review campaigns',
      access: reviewers,
      params: InTenant,
      query: CampaignQuery,
      reply: ReviewCampaignList,
      handle: (ctx, { query }) => listCampaigns(ctx, query),
    }),
    operation({
      id: 'review-campaigns.create',
      method: 'POST',
      path,
      summary: 'Begin an access review campaign',
      access: allow('groups.change'),
      params: InTenant,
      body: NewReviewCampaign,
      reply: ReviewCampaign,
      creates: { reread: readCampaign },
      handle: (ctx, { body }) => createCampaign(ctx, body),
    }),
    operation({
      id: 'review-campaigns.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a campaign',
      access: reviewers,
      params: OneCampaign,
      reply: ReviewCampaign,
      handle: (ctx, { params }) => readCampaign(ctx, params.id),
    }),
    operation({
      id: 'review-campaigns.change',
      method: 'PATCH',
      path: `${path}/:id`,
      summary: 'Change name, end, reviewers, or what becomes of the undecided',
      access: allow('groups.change'),
      params: OneCampaign,
      body: ReviewCampaignChanges,
      reply: ReviewCampaign,
      handle: (ctx, { params, body }) => changeCampaign(ctx, params.id, body),
    }),
    operation({
      id: 'review-campaigns.list-items',
      method: 'GET',
      path: `${path}/:id/items`,
      summary: 'List who has what in a campaign, longest unused first',
      access: reviewers,
      params: OneCampaign,
      query: ItemQuery,
      reply: ReviewItemList,
      handle: (ctx, { params, query }) => listItems(ctx, params.id, query),
    }),
    operation({
      id: 'review-campaigns.look',
      method: 'POST',
      path: `${path}/:id/look`,
      summary: 'Look who would lose what by a removal, before deciding',
      access: reviewers,
      params: OneCampaign,
      body: ReviewLook,
      reply: ReviewLooked,
      onlyShows: true,
      handle: (ctx, { params, body }) => lookAtRemoval(ctx, params.id, body),
    }),
    operation({
      id: 'review-campaigns.decide',
      method: 'POST',
      path: `${path}/:id/items/:itemId/decide`,
      summary: 'Keep or remove one; a removal is done at once if you may',
      access: reviewers,
      params: OneItem,
      body: ReviewDecision,
      reply: ReviewItem,
      handle: (ctx, { params, body }) => decideItem(ctx, params.id, params.itemId, body),
    }),
    operation({
      id: 'review-campaigns.decide-many',
      method: 'POST',
      path: `${path}/:id/decide`,
      summary: 'Keep or remove much of what is yours: a task',
      access: reviewers,
      params: OneCampaign,
      body: ReviewDecisions,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { params, body }) => decideMany(ctx, params.id, body),
    }),
    operation({
      id: 'review-campaigns.carry-out',
      method: 'POST',
      path: `${path}/:id/carry-out`,
      summary: 'Do the removals that were decided and wait: a task',
      access: allow('groups.change'),
      params: OneCampaign,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { params }) => carryOut(ctx, params.id),
    }),
    operation({
      id: 'review-campaigns.close',
      method: 'POST',
      path: `${path}/:id/close`,
      summary: 'End a campaign before its time',
      access: allow('groups.change'),
      params: OneCampaign,
      body: ReviewClosing,
      reply: ReviewCampaign,
      handle: (ctx, { params, body }) => closeCampaign(ctx, params.id, body),
    }),
    operation({
      id: 'review-campaigns.read-report',
      method: 'GET',
      path: `${path}/:id/report`,
      summary: 'Read what a campaign came to, by group and reviewer',
      access: allow('groups.view'),
      params: OneCampaign,
      reply: ReviewReport,
      handle: (ctx, { params }) => readReport(ctx, params.id),
    }),
    operation({
      id: 'review-campaigns.export',
      method: 'POST',
      path: `${path}/:id/export`,
      summary: 'Export every item with its decision, as CSV or JSON: a task',
      access: allow('groups.view', { duringReadOnly: true, duringClosing: true }),
      params: OneCampaign,
      body: ReviewExport,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { params, body }) => exportCampaign(ctx, params.id, body),
    }),
  ],
  jobs: [gathering.job, ...decidingJobs, ...closingJobs, ...exportJobs],
};
