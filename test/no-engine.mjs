// Preloaded into an API process by a test: makes every engine unloadable.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (/^(@bsull\/|wink-|@deja\/models\/compute)/.test(specifier))
      throw new Error(`the API loads ${specifier}`);
    return next(specifier, context);
  },
});
