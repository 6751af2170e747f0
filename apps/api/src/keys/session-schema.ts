import { z } from 'zod';

export const logIn = z
  .strictObject({
    key: z.string().min(1).max(256).meta({ description: 'With the scope `admin`' }),
  })
  .meta({ id: 'LogIn' });
