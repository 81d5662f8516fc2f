const letters = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789' // none that is easily taken for another
const length = 20

/** A password to be used once: 20 random characters, each equally likely. */
export function randomPassword(): string {
  const fair = 256 - (256 % letters.length)
  let password = ''
  while (password.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < fair && password.length < length) password += letters[byte % letters.length]
    }
  }
  return password
}
