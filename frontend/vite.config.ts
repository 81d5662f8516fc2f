import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = process.env.OVERMIND_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue()],
  build: { assetsInlineLimit: 0, emptyOutDir: true },
  server: { proxy: { '/api': server, '/version': server, '/swagger': server, '/openapi.json': server } },
  test: { include: ['src/**/*.test.ts'] },
})
