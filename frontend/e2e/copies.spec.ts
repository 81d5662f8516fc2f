import { approve, ask, expect, hostile, test } from './copies'

test.describe.configure({ timeout: 240_000 })

test('a running copy is cancelled by its requester, and nothing of it is left', async ({ as, copies, company }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'Too big after all', to: 'cancelled_copy' })
  await user.goto(`/tickets/${id}`)
  await approve(dba, id)
  await expect(user.getByText('Running', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  await expect(user.getByRole('list', { name: 'Log' }).getByText('The servers are as approved.')).toBeVisible({ timeout: 60_000 })
  await user.getByRole('button', { name: 'Cancel the copy' }).click()
  await user.getByRole('dialog').getByRole('button', { name: 'Cancel the copy' }).click()
  await expect(user.getByText('Cancelled. The target is as it was.')).toBeVisible({ timeout: 60_000 })
  expect(company.server.query("SHOW DATABASES LIKE '\\_om\\_%'")).toBe('')
  expect(company.server.query("SHOW DATABASES LIKE 'cancelled_copy'")).toBe('')
})

test('progress moves on every page that shows it, and the list and the statistics change at the end', async ({ as, copies }) => {
  const [user, dba, figures] = [await as('user'), await as('dba'), await as('dba')]
  const id = await ask(user, copies, { title: 'Slow on purpose', to: 'slow_copy', tables: ['parts'], limits: { megabytes_per_second: 4, connections: 8 } })
  const rows = async () => Number((await figures.locator('.figures > div', { hasText: 'Rows moved' }).locator('dd').textContent())?.replaceAll(',', ''))
  await figures.goto('/statistics')
  const before = await rows()
  await user.goto(`/tickets/${id}`)
  await expect(user.getByText('8 connections, 4 MB/s')).toBeVisible()
  await dba.goto('/tickets?q=purpose')
  const row = dba.getByRole('row', { name: 'Slow on purpose' })
  await expect(row).toContainText('Pending review')

  await approve(dba, id)
  for (const bar of [row.getByRole('progressbar'), user.getByRole('progressbar').first()]) {
    const seen = new Set<string | null>()
    await expect.poll(async () => seen.add(await bar.getAttribute('value')).size, { intervals: [200], timeout: 60_000 }).toBeGreaterThan(3)
  }
  await expect(row).toContainText('Succeeded', { timeout: 60_000 })
  await expect(user.getByText('1 table with 700,000 rows')).toBeVisible()
  await expect(user.getByRole('listitem').filter({ hasText: /^Verify/ })).toContainText('done')
  await expect.poll(async () => (await figures.reload(), rows()), { timeout: 60_000 }).toBe(before + 700_000)

  await user.goto(`/tickets/new?from=${id}`)
  await expect(user.getByLabel('MB a second')).toHaveValue('4')
})

test('an edit after the approval voids it', async ({ as, copies }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'For the night', to: 'night_copy', tables: ['labels'], notBefore: new Date(Date.now() + 36e5).toISOString() })
  await dba.goto(`/tickets/${id}`)
  await dba.getByRole('button', { name: 'Approve' }).click()
  await dba.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await user.goto(`/tickets/${id}`)
  await expect(user.getByText('Scheduled', { exact: true }).first()).toBeVisible()
  await user.getByRole('link', { name: 'Edit' }).click()
  await user.getByLabel('Title').fill('For the night after')
  await user.getByRole('button', { name: 'Save and ask for review' }).click()
  for (const page of [user, dba]) await expect(page.getByText('Pending review', { exact: true }).first()).toBeVisible()
  await expect(dba.getByText('Waits for your review.')).toBeVisible()
})

test('a tab that is older than the server offers to reload', async ({ as, installation }) => {
  const page = await as('user')
  await page.goto('/tickets')
  await installation.upgrade()
  await expect(page.getByRole('status').filter({ hasText: 'Overmind has been upgraded.' })).toBeVisible()
  await page.getByRole('button', { name: 'Reload the page' }).click()
  await expect(page.getByText('Version next')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Reload the page' })).toHaveCount(0)
})

test('a page shows what happened between its first reading and its stream', async ({ as, copies }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'Just now', to: 'just_now' })
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  await user.route('**/api/v1/stream', async (route) => {
    await begun
    await route.continue()
  })
  await user.goto(`/tickets/${id}`)
  await expect(user.getByText('Just now').first()).toBeVisible()
  await expect(await dba.request.post(`/api/v1/tickets/${id}/comments`, { data: { text: 'Seen at once' } })).toBeOK()
  begin()
  await expect(user.getByText('Seen at once')).toBeVisible()
})

test('a copy that fails says why', async ({ as, copies, company }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'Will meet a table', to: 'taken', tables: ['labels'] })
  company.server.execute('CREATE DATABASE taken; CREATE TABLE taken.labels (id INT)')
  await user.goto(`/tickets/${id}`)
  await approve(dba, id)
  await expect(user.getByText('The copy failed. The target is as it was.')).toBeVisible({ timeout: 60_000 })
  await expect(user.locator('.ticket-head .problem')).toContainText('approval_stale')
  await expect(user.locator('.history .failed')).toContainText('Preflight blocks it now')
})

test('a page outlives a restart of the server in the middle of a copy', async ({ as, copies, installation }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'Interrupted', to: 'restarted_copy' })
  await user.goto(`/tickets/${id}`)
  await approve(dba, id)
  await expect(user.getByText('Running', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  await installation.restart(async () => expect(user.getByText('Connection lost.', { exact: false })).toBeVisible())
  await expect(user.getByText('Connection lost.', { exact: false })).toBeHidden()
  await expect(user.getByText('The copy is in place.')).toBeVisible({ timeout: 60_000 })
  await expect(user.getByRole('listitem').filter({ hasText: 'Back in the queue' })).toBeVisible()
})

test('what people and servers write is text, wherever it shows', async ({ as, copies, company }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  company.server.execute(`CREATE DATABASE IF NOT EXISTS hostile_copy`)
  const id = await ask(user, copies, { title: `Title ${hostile}`, database: 'warehouse', tables: ['labels'], to: 'hostile_copy', reason: `Reason ${hostile}` })
  await expect(await user.request.post(`/api/v1/tickets/${id}/comments`, { data: { text: `Comment ${hostile}` } })).toBeOK()
  await dba.goto(`/tickets/${id}`)
  await expect(dba.getByText(`Comment ${hostile}`)).toBeVisible()
  await expect(dba.getByText(`Reason ${hostile}`)).toBeVisible()
  await dba.getByRole('button', { name: 'Reject' }).click()
  await dba.getByLabel('Reason').fill(`Because ${hostile}`)
  await dba.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
  await expect(dba.getByText(`Because ${hostile}`).first()).toBeVisible()
  await dba.goto('/tickets?tab=all')
  await expect(dba.getByRole('link', { name: `Title ${hostile}` })).toBeVisible()
  await dba.goto(`/instances/${copies.source}`)
  await dba.getByRole('button', { name: hostile }).first().click()
  await expect(dba.getByRole('table', { name: `Tables of ${hostile}` }).getByText(hostile)).toBeVisible()
  await dba.goto('/audit')
  await dba.getByRole('button', { name: /^Changes of ticket\.reject,/ }).first().press('Enter')
  await expect(dba.getByText(`Because ${hostile}`).first()).toBeVisible()

  await user.goto(`/tickets/new?from=${id}`)
  await expect(user.getByLabel('Title')).toHaveValue(`Title ${hostile}`)
  const database = user.getByRole('combobox', { name: 'Database', exact: true })
  await database.focus()
  await database.press('Enter')
  await user.getByRole('option', { name: hostile }).click()
  await expect(user.getByRole('checkbox', { name: hostile })).toBeVisible()
  for (const page of [user, dba]) {
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false)
  }
})

test('names that people give are text on every page', async ({ as, copies }) => {
  const admin = await as('admin')
  const give = async (method: 'post' | 'patch', path: string, data: object) => {
    const answer = await admin.request[method](`/api/v1/${path}`, { data })
    expect(answer.status(), `${path}: ${await answer.text()}`).toBeLessThan(300)
  }
  const { version } = await (await admin.request.get(`/api/v1/instances/${copies.guarded}`)).json()
  await give('patch', `instances/${copies.guarded}`, { version, owner: `Owner ${hostile}` })
  await give('post', 'users', { username: 'hostile', password: 'one use only, for h!', role: 'user', display_name: `Name ${hostile}`, team: `Team ${hostile}` })
  await give('post', 'channels', { name: `Channel ${hostile}`, kind: 'webhook', language: 'en', url: 'https://example.com/', rule: { types: ['ticket.undone'] } })
  await give('post', 'views', { name: `View ${hostile}`, query: 'q=x' })
  await give('post', 'tokens', { name: `Token ${hostile}` })
  for (const [path, text] of [[`/instances/${copies.guarded}`, 'Owner'], ['/users', 'Name'], ['/users', 'Team'], ['/channels', 'Channel'], ['/tokens', 'Token']] as const) {
    await admin.goto(path)
    await expect(admin.getByText(`${text} ${hostile}`).first()).toBeVisible()
  }
  await admin.goto('/tickets')
  await admin.getByRole('button', { name: 'Views' }).click()
  await expect(admin.getByRole('link', { name: `View ${hostile}` })).toBeVisible()
  expect(await admin.evaluate(() => 'harmed' in window)).toBe(false)
})

test('a protected target must be typed', async ({ as, copies }) => {
  const user = await as('user')
  const id = await ask(user, { ...copies, target: copies.guarded }, { title: 'Into the guarded one', tables: ['labels'], to: 'guarded_copy' })
  await user.goto(`/tickets/new?from=${id}`)
  const typed = user.getByLabel('Type “guarded_copy” to confirm')
  await expect(typed).toBeVisible()
  await user.getByRole('button', { name: 'Submit', exact: true }).click()
  await expect(user.getByText('Type the name of the database on the target, exactly.')).toBeVisible()
  await expect(user).toHaveURL(/\/tickets\/new/)
  await typed.fill('guarded_copy')
  await user.getByRole('button', { name: 'Submit', exact: true }).click()
  await expect(user).toHaveURL(/\/tickets\/\d+$/)
  expect(user.url()).not.toContain(`/tickets/${id}`)
})

test('a change of the inventory reaches the pages that are open', async ({ as, copies }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  await user.goto(`/instances/${copies.target}`)
  const read = await (await dba.request.get(`/api/v1/instances/${copies.target}`)).json()
  await expect(user.locator('.instance-facts')).not.toContainText('Storehouse')
  await expect(await dba.request.patch(`/api/v1/instances/${copies.target}`, { data: { version: read.version, owner: 'Storehouse' } })).toBeOK()
  await expect(user.locator('.instance-facts')).toContainText('Storehouse')
})
