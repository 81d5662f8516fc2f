import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

const monday = Date.UTC(2024, 0, 1)

/** The short names of the days of the week, from Monday. */
export function useWeekdays() {
  const { locale } = useI18n()
  return computed(() => Array.from({ length: 7 }, (_, d) => new Intl.DateTimeFormat(locale.value, { weekday: 'short', timeZone: 'UTC' }).format(monday + d * 86_400_000)))
}
