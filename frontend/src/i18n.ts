import { createI18n } from 'vue-i18n'

import en from './locales/en.json'
import problems from './locales/problems.zh.json'
import zh from './locales/zh.json'

export type Language = 'en' | 'zh'

const stored = localStorage.getItem('language')
const language: Language = stored === 'en' || stored === 'zh' ? stored : navigator.language.startsWith('zh') ? 'zh' : 'en'
document.documentElement.lang = language

// The server says in English what is wrong, with a code; the Chinese words for the codes are ours, and it puts them into mails.
export const i18n = createI18n({ legacy: false, locale: language, fallbackLocale: 'en', messages: { en, zh: { ...zh, problem: { ...problems, ...zh.problem } } } })

export function useLanguage(next: Language) {
  i18n.global.locale.value = next
  document.documentElement.lang = next
  localStorage.setItem('language', next)
}
