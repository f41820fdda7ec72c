// SPDX-License-Identifier: Apache-2.0
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  base: '/',
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('./src', import.meta.url)) },
      // The package's own front installs every part it has, which keeps all of them: 520 kB that nobody uses.
      { find: /^element-plus$/, replacement: 'element-plus/es/components/index.mjs' },
    ],
  },
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Messages are compiled without making code from text, which the page's policy forbids.
    __INTLIFY_JIT_COMPILATION__: true,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // nothing by data: but what the libraries bring themselves
    modulePreload: { polyfill: false },
    cssCodeSplit: false, // one file, asked for once: the pages' own styles are a third of it
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        experimentalMinChunkSize: 16_000, // a part of a few lines is no file of its own
        manualChunks(id) {
          if (id.includes('/node_modules/echarts') || id.includes('/node_modules/zrender')) return 'charts'
          if (id.includes('/node_modules/fflate')) return 'sheets'
          if (id.includes('/node_modules/qr/')) return 'qr'
          if (id.includes('/node_modules/')) return 'vendor'
          return undefined
        },
      },
    },
  },
  // For work on the page alone: `npm run dev` beside `yunjian serve --listen 127.0.0.1:8080`.
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
