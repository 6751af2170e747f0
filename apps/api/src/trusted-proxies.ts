import { itemsOf } from '@deja/runtime/settings';
import { compile } from 'proxy-addr';
import { z } from 'zod';

/** As Express takes it: how many proxies there are, or their addresses and networks. */
export const trustedProxies = z.string().transform((text, context): number | string[] => {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const proxies = [...itemsOf(text)];
  try {
    compile(proxies);
    return proxies;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});
