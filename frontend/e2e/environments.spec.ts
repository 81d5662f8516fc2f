import { expect, examine, test } from './company'

test('a DBA adds and edits an environment, but cannot loosen who approves', async ({ page, signIn }) => {
  await signIn('dba', '/environments')
  await page.getByRole('button', { name: 'Add environment' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('test')
  await expect(dialog.getByText('approve their own', { exact: false })).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Add environment' }).click()
  await expect(dialog.getByText('There is one of this name already.')).toBeVisible()
  await dialog.getByLabel('Name').fill('staging')
  await dialog.getByLabel('Colour').fill('#6a1b9a')
  await dialog.getByLabel('Rank').fill('50')
  await examine(page, 'environment-add')
  await dialog.getByRole('button', { name: 'Add environment' }).click()
  await expect(dialog).toBeHidden()

  const row = page.getByRole('row', { name: /staging/ })
  await expect(row).toContainText('50')
  await expect(page.getByRole('row').nth(1)).toContainText('production')
  await examine(page, 'environments')

  await page.getByRole('button', { name: 'Edit production' }).click()
  await expect(dialog.getByLabel('Protected')).toBeDisabled()
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  const all = (await (await page.request.get('/api/v1/environments')).json()).items as { id: number; name: string; version: number }[]
  const staging = all.find((e) => e.name === 'staging')!
  const loosened = await page.request.patch(`/api/v1/environments/${staging.id}`, { data: { version: staging.version, allow_self_approval: true } })
  expect((await loosened.json()).code).toBe('admin_only')
})

test('an administrator may, and an environment in use is kept', async ({ page, signIn, company }) => {
  await signIn('admin', '/environments')
  await page.getByRole('button', { name: 'Edit test' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('DBAs may approve their own tickets').click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('row', { name: /^test/ })
  await expect(row).toContainText('Self-approval allowed')

  const test_ = ((await (await page.request.get('/api/v1/environments')).json()).items as { id: number; name: string }[]).find((e) => e.name === 'test')!
  const { port, reader, password } = company.server
  const made = await page.request.post('/api/v1/instances', { data: { name: 'keeps-test', environment_id: test_.id, host: '127.0.0.1', port, read_user: reader, read_password: password } })
  await expect(made).toBeOK()
  await page.getByRole('button', { name: 'Delete test' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Instances belong to this environment')
  await examine(page, 'environment-delete')
  const { id, version } = (await made.json()) as { id: number; version: number }
  await expect(await page.request.delete(`/api/v1/instances/${id}?version=${version}`)).toBeOK()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
})
