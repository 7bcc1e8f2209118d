import { z } from 'zod';

export const AccessExport = z
  .strictObject({ format: z.enum(['csv', 'json']) })
  .meta({ id: 'AccessExport', description: 'A row for each membership that counts now.' });
