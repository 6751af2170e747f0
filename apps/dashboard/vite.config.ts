import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Writes x.br and x.gz beside each file of assets/; the API sends what a client takes. */
const compress: Plugin = {
  name: 'compress',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle).filter((each) => each.startsWith('assets/'))) {
      const path = join(dir, name);
      const file = readFileSync(path);
      writeFileSync(`${path}.br`, brotliCompressSync(file));
      writeFileSync(`${path}.gz`, gzipSync(file, { level: 9 }));
    }
  },
};

/** Relative addresses, so that the page also works behind a path of a proxy. */
export default defineConfig({
  base: './',
  plugins: [compress],
  build: {
    target: 'es2023',
    // The CSP allows no `data:` but in images, and one file of each kind is enough.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
