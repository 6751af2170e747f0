import { defineConfig } from 'vite';

/** Relative addresses, so that the page also works behind a path of a proxy. */
export default defineConfig({
  base: './',
  build: {
    target: 'es2023',
    // The CSP allows no `data:` but in images, and one file of each kind is enough.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
