/** Gives what a function made for the same arguments before: a formatter costs a hundred times what its use does. */
function once<A extends unknown[], T>(make: (...of: A) => T): (...of: A) => T {
  const made = new Map<string, T>()
  return (...of) => {
    const key = JSON.stringify(of)
    const known = made.get(key)
    if (known) return known
    const fresh = make(...of)
    made.set(key, fresh)
    return fresh
  }
}
const numbers = once((locale: string, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options))
const times = once((locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options))
const distances = once((locale: string) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }))

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Bytes in the largest unit that leaves at least one of it. */
export function bytes(n: number, locale: string): string {
  const power = Math.min(units.length - 1, n < 1 ? 0 : Math.floor(Math.log10(n) / 3))
  const value = n / 1000 ** power
  return numbers(locale, { style: 'unit', unit: units[power], unitDisplay: power ? 'short' : 'long', maximumFractionDigits: value < 10 && power ? 1 : 0 }).format(value)
}

export const count = (n: number, locale: string) => numbers(locale).format(n)

/** A share of 1, as in 98.5%. */
export const percentage = (n: number, locale: string) => numbers(locale, { style: 'percent', maximumFractionDigits: 1 }).format(n)

/** A moment in the reader's own time, to the minute, to the second, the day alone, the clock alone. */
export const moment = (at: string, locale: string) => times(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))
export const second = (at: string, locale: string) => times(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at))
export const day = (at: string, locale: string) => times(locale, { dateStyle: 'medium' }).format(new Date(at))
export const clock = (at: string, locale: string) => times(locale, { timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(at))

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3600], ['minute', 60]]

/** How far a number of seconds is from now, in whole units: "2 min. ago". Undefined: less than a minute. */
export function distance(seconds: number, locale: string): string | undefined {
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? []
  return unit && size ? distances(locale).format(Math.trunc(seconds / size), unit) : undefined
}

/** A length of time in its two largest units: 85 s is "1m 25s" in English. */
export function duration(seconds: number, locale: string): string {
  const part = (n: number, unit: string, digits = 0) =>
    numbers(locale, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits }).format(n)
  if (seconds < 10) return part(seconds, 'second', 1)
  const whole = Math.round(seconds)
  if (whole < 60) return part(whole, 'second')
  if (whole < 3600) return `${part(Math.floor(whole / 60), 'minute')} ${part(whole % 60, 'second')}`
  return `${part(Math.floor(whole / 3600), 'hour')} ${part(Math.floor((whole % 3600) / 60), 'minute')}`
}
