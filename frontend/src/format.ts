const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Bytes in the largest unit that leaves at least one of it. */
export function bytes(n: number, locale: string): string {
  const power = Math.min(units.length - 1, n < 1 ? 0 : Math.floor(Math.log10(n) / 3))
  const value = n / 1000 ** power
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[power], unitDisplay: power ? 'short' : 'long', maximumFractionDigits: value < 10 && power ? 1 : 0 }).format(value)
}

export const count = (n: number, locale: string) => new Intl.NumberFormat(locale).format(n)

/** A moment in the reader's own time. */
export const moment = (at: string, locale: string) => new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** A length of time in its two largest units: 85 s is "1m 25s" in English. */
export function duration(seconds: number, locale: string): string {
  const part = (n: number, unit: string, digits = 0) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits }).format(n)
  if (seconds < 10) return part(seconds, 'second', 1)
  const whole = Math.round(seconds)
  if (whole < 60) return part(whole, 'second')
  if (whole < 3600) return `${part(Math.floor(whole / 60), 'minute')} ${part(whole % 60, 'second')}`
  return `${part(Math.floor(whole / 3600), 'hour')} ${part(Math.floor((whole % 3600) / 60), 'minute')}`
}
