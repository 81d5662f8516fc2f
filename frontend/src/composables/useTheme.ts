import { ref, watchEffect } from 'vue'

const stored = localStorage.getItem('theme')
const dark = ref(stored ? stored === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches)

watchEffect(() => document.documentElement.classList.toggle('dark', dark.value))

/** Light or dark: what was chosen here before, else what the system prefers. */
export function useTheme() {
  function toggle() {
    dark.value = !dark.value
    localStorage.setItem('theme', dark.value ? 'dark' : 'light')
  }
  return { dark, toggle }
}
