import { expect, examine, test } from './company'

test('a DBA finds who changed what, and the address keeps the question', async ({ page, signIn }) => {
  await signIn('dba', '/audit')
  const name = `audited-${Date.now()}`
  const made = await page.request.post('/api/v1/environments', { data: { name, color: '#1f5fd0', rank: 5 } })
  await expect(made).toBeOK()
  const { id, version } = (await made.json()) as { id: number; version: number }
  await expect(await page.request.patch(`/api/v1/environments/${id}`, { data: { version, rank: 6 } })).toBeOK()
  expect((await page.request.patch(`/api/v1/environments/${id}`, { data: { version: version + 1, allow_self_approval: true } })).status()).toBe(403)

  await page.reload()
  const refused = page.getByRole('row', { name: /environment\.update\.refused/ }).first()
  await refused.getByRole('button', { name: `Environment #${id}` }).click()
  await expect(page).toHaveURL(new RegExp(`kind=environment&subject=${id}`))
  await expect(page.getByRole('table', { name: 'Audit trail' }).locator('tbody tr')).toHaveCount(3)
  await page.getByRole('button', { name: /^Changes of environment\.update,/ }).press('Enter')
  const changes = page.getByRole('table', { name: 'Changes' })
  await expect(changes.getByRole('row')).toHaveText([/Value/, /^rank\s*5\s*6$/])
  await examine(page, 'audit')

  await page.reload()
  await expect(page.getByRole('table', { name: 'Audit trail' }).locator('tbody tr')).toHaveCount(3)
  await page.getByRole('button', { name: 'Reset' }).click()
  await expect(page).toHaveURL(/\/audit$/)
  await page.getByRole('searchbox', { name: 'Action' }).fill('no.such.action')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No entry matches' })).toBeVisible()
  await expect(await page.request.delete(`/api/v1/environments/${id}?version=${version + 1}`)).toBeOK()
})

test('a long trail comes page by page, and is not for users', async ({ page, signIn }) => {
  await signIn('dba', '/audit')
  const made = (await (await page.request.post('/api/v1/environments', { data: { name: `long-${Date.now()}`, color: '#1f5fd0' } })).json()) as { id: number; version: number }
  const changes = 60
  for (let i = 0; i < changes; i++) await expect(await page.request.patch(`/api/v1/environments/${made.id}`, { data: { version: made.version + i, rank: i + 1 } })).toBeOK()
  await page.goto(`/audit?kind=environment&subject=${made.id}&since=day`)
  const rows = page.getByRole('table', { name: 'Audit trail' }).locator('tbody tr')
  await expect(rows).toHaveCount(50)
  await page.getByRole('button', { name: 'Load more' }).click()
  await expect(rows).toHaveCount(changes + 1)
  await expect(await page.request.delete(`/api/v1/environments/${made.id}?version=${made.version + changes}`)).toBeOK()

  await page.context().clearCookies()
  await signIn('user', '/audit')
  await expect(page.getByRole('alert')).toContainText('Your role does not allow this.')
})
