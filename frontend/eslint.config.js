import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import vue from 'eslint-plugin-vue'

export default defineConfigWithVueTs(
  { ignores: ['dist/**', 'dist-placeholder/**', 'src/api/schema.d.ts', 'src/element-plus.d.ts', 'e2e/results/**'] },
  vue.configs['flat/recommended'],
  vueTsConfigs.recommended,
  {
    rules: {
      // How templates are laid out is the author's business; what they mean is checked.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/require-default-prop': 'off', // an optional property of a typed component is undefined, and its type says so
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_+$' }], // names what a rest pattern leaves out
    },
  },
  {
    files: ['e2e/**'],
    rules: { 'no-empty-pattern': 'off' }, // Playwright reads a fixture's needs from the pattern
  },
)
