import { z } from 'zod';
import { allow, operator } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { LicenceOffers, NewProduct, Product, ProductList, ProductQuery, ProductReplacement } from './schema.ts';
import { createProduct, deleteProduct, listProducts, readOffers, readProduct, replaceProduct } from './service.ts';

const OneProduct = z.strictObject({ id: Id });
const path = '/v1/operator/products';

/** The operator's catalogue: products, and the tiers in which tenants may have them. */
export const products: Capability = {
  name: 'products',
  operations: [
    operation({
      id: 'products.list',
      method: 'GET',
      path,
      summary: 'List the products that licences are for',
      access: operator(),
      query: ProductQuery,
      reply: ProductList,
      handle: (ctx, { query }) => listProducts(ctx, query),
    }),
    operation({
      id: 'products.create',
      method: 'POST',
      path,
      summary: 'Add a product with its tiers to what a region offers',
      access: operator(),
      body: NewProduct,
      reply: Product,
      status: 201,
      handle: (ctx, { body }) => createProduct(ctx, body),
    }),
    operation({
      id: 'products.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a product with its tiers',
      access: operator(),
      params: OneProduct,
      reply: Product,
      handle: (ctx, { params }) => readProduct(ctx, params.id),
    }),
    operation({
      id: 'products.replace',
      method: 'PUT',
      path: `${path}/:id`,
      summary: 'Replace what is offered of a product; subscriptions stay as they are',
      access: operator(),
      params: OneProduct,
      body: ProductReplacement,
      reply: Product,
      handle: (ctx, { params, body }) => replaceProduct(ctx, params.id, body),
    }),
    operation({
      id: 'products.delete',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Take a product out of what is offered; subscriptions stay as they are',
      access: operator(),
      params: OneProduct,
      reply: null,
      handle: (ctx, { params }) => deleteProduct(ctx, params.id),
    }),
    operation({
      id: 'licences.list-offers',
      method: 'GET',
      path: '/v1/tenants/:tenantId/licence-offers',
      summary: 'List the products and tiers that the operator offers',
      access: allow('licences.view'),
      params: z.strictObject({ tenantId: Id }),
      reply: LicenceOffers,
      handle: (ctx) => readOffers(ctx),
    }),
  ],
};
