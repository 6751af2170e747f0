/** A model that does what its input says, good or bad. Loaded by slots, so its kit comes from outside. */
import type { ModelKit } from '@deja/models';

const forever = () => {
  for (;;);
};

export default ({ defineModel, z, InputError, RetryableError }: ModelKit) =>
  defineModel({
    name: 'behave',
    version: 1,
    input: z.strictObject({ how: z.string() }),
    output: z.strictObject({ pid: z.number() }),
    timeoutMs: 10_000,
    async compute({ how }, { signal, progress }) {
      if (how === 'refuse') throw new InputError([{ path: '/how', message: 'not like this' }]);
      if (how === 'retry') throw new RetryableError('later');
      if (how === 'throw') throw new TypeError('a bug');
      if (how === 'print') console.log('a word from the model');
      if (how === 'exit') process.exit(7);
      if (how === 'crash') process.kill(process.pid, 'SIGSEGV');
      if (how === 'loop') {
        progress(0, 'looping');
        forever();
      }
      if (how === 'trap') throw Object.assign(new Error('unreachable'), { code: 'ENGINE_TRAPPED' });
      if (how === 'listen') {
        progress(0.5, 'listening');
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      }
      return { pid: process.pid };
    },
  });
