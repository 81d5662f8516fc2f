import { expect, examine, test } from './company'

test('a token is shown once, works until it is deleted, and is never shown again', async ({ page, signIn, browser, installation }) => {
  await signIn('user', '/tokens')
  await expect(page.getByRole('heading', { name: 'No access tokens' })).toBeVisible()
  await page.getByRole('button', { name: 'Create token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('nightly <b>job</b>')
  await page.keyboard.press('Enter')
  const value = (await dialog.locator('code').textContent()) ?? ''
  expect(value.length).toBeGreaterThan(30)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await dialog.getByRole('button', { name: /^Copy/ }).click()
  await expect(dialog.getByText('Copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value)
  await examine(page, 'token-created')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(dialog).toBeHidden()
  expect(await page.content()).not.toContain(value)

  const bearer = await browser.newContext({ baseURL: installation.url, extraHTTPHeaders: { Authorization: `Bearer ${value}` } })
  await expect(await bearer.request.get('/api/v1/me')).toBeOK()
  await page.reload()
  await expect(page.getByRole('row', { name: /nightly <b>job/ })).toContainText(value.slice(0, 4))
  await examine(page, 'tokens')

  await page.getByRole('button', { name: /^Delete nightly/ }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('heading', { name: 'No access tokens' })).toBeVisible()
  expect((await bearer.request.get('/api/v1/me')).status()).toBe(401)
  await bearer.close()
})
