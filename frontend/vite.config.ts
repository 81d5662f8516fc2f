import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'

const server = process.env.OVERMIND_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), Components({ dirs: [], dts: 'src/element-plus.d.ts', resolvers: [ElementPlusResolver({ importStyle: 'css' })] })],
  build: {
    assetsInlineLimit: 0,
    emptyOutDir: true,
    // What several pages share comes in one file, not in twenty of a few hundred bytes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', test: /\/src\/(api|components|composables)\//, minShareCount: 2 }] } } },
  },
  server: { proxy: { '/api': server, '/version': server, '/swagger': server, '/openapi.json': server } },
  test: { include: ['src/**/*.test.ts'] },
})
