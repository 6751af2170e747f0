/** A model that does what its input says, good or bad. Loaded by slots, so its kit comes from outside. */
import type { ModelKit } from '@deja/models';

declare const WebAssembly: {
  Memory: new (size: {
    initial: number;
  }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: { readonly f: () => void } };
};

const CHUNK = 16 * 1024 * 1024;
/** What earlier runs of this process have left behind. */
const leaked: unknown[] = [];

const forever = () => {
  for (;;);
};

/** Several of these may be in one slot. */
let inside = 0;
const shared = ({ defineModel, z }: ModelKit) =>
  defineModel({
    name: 'share',
    version: 1,
    input: z.strictObject({ how: z.string() }),
    output: z.strictObject({ pid: z.number(), most: z.number() }),
    perSlot: 12,
    async compute({ how }, { signal, progress }) {
      inside += 1;
      let most = inside;
      progress(0, 'inside');
      try {
        if (how === 'crash') setTimeout(() => process.kill(process.pid, 'SIGSEGV'), 100);
        if (how === 'listen' || how === 'crash')
          await new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          );
        if (how === 'hang') await new Promise(() => {});
        for (let at = 0; at < 10; at += 1) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          most = Math.max(most, inside);
        }
        return { pid: process.pid, most };
      } finally {
        inside -= 1;
      }
    },
  });

/** A command that starts a process of its own, tells both pids, and then does as it is told. */
const FAMILY = `
const { spawn } = require('node:child_process');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, input: { how } } = JSON.parse(line);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  child.on('spawn', () => {
    const pids = process.pid + ' ' + child.pid;
    if (how.startsWith('/')) require('node:fs').writeFileSync(how, pids);
    console.log(JSON.stringify({ id, progress: 0, stage: pids }));
    if (how === 'garbage') console.log('garbage');
    if (how === 'crash') process.kill(process.pid, 'SIGSEGV');
    if (how === 'memory') globalThis.held = Buffer.alloc(500 * 1024 * 1024, 1);
  });
});`;
/** A WASM module with one function, which is one instruction: unreachable. */
const UNREACHABLE = '0061736d0100000001040160000003020100070501016600000a05010300000b';

function trap(): void {
  new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(UNREACHABLE, 'hex'))).exports.f();
}

const family = ({ commandModel, z }: ModelKit) =>
  commandModel({
    name: 'family',
    version: 1,
    input: z.strictObject({ how: z.string() }),
    output: z.never(),
    command: [process.execPath, '-e', FAMILY],
  });

export default (kit: ModelKit) => [behaving(kit), shared(kit), family(kit)];

const behaving = ({ defineModel, z, InputError, RetryableError }: ModelKit) =>
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
      if (how === 'sleep') await new Promise((resolve) => setTimeout(resolve, 1500));
      if (how === 'exit') process.exit(7);
      if (how === 'crash') process.kill(process.pid, 'SIGSEGV');
      if (how === 'loop') {
        progress(0, 'looping');
        forever();
      }
      if (how === 'native') for (;;) leaked.push(Buffer.allocUnsafe(CHUNK).fill(1));
      if (how === 'heap')
        for (;;) leaked.push(Array.from({ length: 100_000 }, (_, at) => ({ at })));
      if (how === 'wasm') {
        const memory = new WebAssembly.Memory({ initial: 0 });
        for (;;) {
          const bytes = memory.grow(CHUNK / 65_536) * 65_536;
          new Uint8Array(memory.buffer, bytes).fill(1);
        }
      }
      if (how === 'leak') {
        leaked.push(Buffer.alloc(8 * CHUNK, 1));
        if (leaked.length === 3) forever(); // until that is seen to be too much
      }
      if (how === 'trap') trap();
      if (how === 'listen') {
        progress(0.5, 'listening');
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      }
      return { pid: process.pid };
    },
  });
