import { useI18n } from 'vue-i18n'

/** Words for a problem: ours for its code where we have some, else those of the server. */
export function useProblemText() {
  const { t, te } = useI18n()
  const textOf = (code: string | undefined, words: string | undefined) =>
    code && te(`problem.${code}`) ? t(`problem.${code}`) : words || t('problem.unknown')
  return { textOf }
}
