import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The build is served by the binary under `default-src 'self'`: nothing may be
// inlined as a data: or blob: address, and the map's worker is a file of its own.
export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1600 },
  server: { host: '127.0.0.1', proxy: { '/api': { target: 'http://127.0.0.1:8471', ws: true } } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
