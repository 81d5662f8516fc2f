/** Copies text. On plain http browsers offer no clipboard, so there it is copied out of a field placed inside `near`. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  const direct = await navigator.clipboard?.writeText(text).then(() => true, () => false)
  if (direct) return true
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'hidden'
  near.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  return done
}
