import type { Page } from '@playwright/test'

import { expect, test } from './demo'

/** Asks for a copy of some tables of the shop without a browser. */
async function ask(page: Page, title: string, tables: string[]): Promise<number> {
  const spec = { source: { instance_id: 1, database: 'shop' }, target: { instance_id: 2, database: 'shop_report' }, tables, if_exists: 'replace' }
  const answer = await page.request.post('/api/v1/tickets', { data: { kind: 'migration', title, spec } })
  expect(answer.status(), await answer.text()).toBe(201)
  return ((await answer.json()) as { id: number }).id
}

/** Chooses in a list box with the keyboard alone. */
async function choose(page: Page, label: string, option: string) {
  const box = page.getByRole('combobox', { name: label, exact: true })
  await box.focus()
  await box.press('Enter')
  await page.keyboard.type(option)
  await expect(page.getByRole('option', { name: option }).first()).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('option', { name: option }).first()).toBeHidden()
}

test('a user asks with the keyboard alone, a DBA sees it appear and approves, both watch it succeed', async ({ as }) => {
  const dba = await as('wei')
  await dba.goto('/tickets?tab=to_review')
  await expect(dba.getByText('Nothing waits for your review')).toBeVisible()

  const user = await as('uma')
  await user.goto('/tickets/new')
  await choose(user, 'Copy from instance', 'shop-production')
  await choose(user, 'Database', 'shop')
  await user.getByRole('radio', { name: 'Some tables' }).press('Space')
  await user.getByRole('checkbox', { name: /^page_views/ }).press('Space')
  await choose(user, 'Copy to instance', 'shop-test')
  await choose(user, 'Database on the target', 'shop_report')
  await expect(user.getByRole('status').filter({ hasText: 'Can run' })).toBeVisible()
  await user.getByLabel('Title').press('Enter')

  await expect(user.getByRole('heading', { name: 'shop: production to test' })).toBeVisible()
  await expect(user.getByText(/^Waits for review by .*Wei/)).toBeVisible()
  await expect(user.getByRole('button', { name: 'Approve' })).toHaveCount(0)

  await dba.getByRole('link', { name: 'shop: production to test' }).click()
  await expect(dba.getByText('Waits for your review.')).toBeVisible()
  await dba.getByRole('button', { name: 'Approve' }).click()
  const dialog = dba.getByRole('dialog')
  await expect(dialog).toContainText('will be copied from production · shop-production/shop to test · shop-test/shop_report')
  await dialog.getByRole('button', { name: 'Approve' }).click()

  for (const page of [user, dba]) {
    await expect(page.getByText('The copy is in place.')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByText('1 table with 100,000 rows')).toBeVisible()
    await expect(page.getByRole('listitem').filter({ hasText: /^Load/ })).toContainText('done')
  }
})

test('a rejection reaches its requester with the reason', async ({ as }) => {
  const [user, dba] = [await as('uma'), await as('wei')]
  const id = await ask(user, 'To be rejected', ['categories'])
  await user.goto(`/tickets/${id}`)
  await dba.goto(`/tickets/${id}`)
  await dba.getByRole('button', { name: 'Reject' }).click()
  await dba.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
  await expect(dba.getByRole('alert')).toContainText('Say why')
  await dba.getByLabel('Reason').fill('The test has this <b>already</b>.')
  await dba.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()

  await expect(user.getByText('Rejected', { exact: true }).first()).toBeVisible()
  await expect(user.getByText('The test has this <b>already</b>.').first()).toBeVisible()
})

test('a requester withdraws, comments and submits again', async ({ as }) => {
  const user = await as('uma')
  const id = await ask(user, 'To be withdrawn', ['categories'])
  await user.goto(`/tickets/${id}`)
  await user.getByLabel('Comment').fill('I do not need it any more.')
  await user.getByRole('button', { name: 'Send' }).click()
  await expect(user.getByRole('listitem').filter({ hasText: 'I do not need it any more.' })).toBeVisible()
  await user.getByRole('button', { name: 'Withdraw' }).click()
  await user.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
  await expect(user.getByText('Taken back by its requester.')).toBeVisible()

  await user.getByRole('link', { name: 'Submit again' }).click()
  await expect(user.getByLabel('Title')).toHaveValue('To be withdrawn')
  await expect(user.getByRole('radio', { name: /^Replace/ })).toBeChecked()
  await expect(user.getByRole('checkbox', { name: /^categories/ })).toBeChecked()
})

test('nobody approves what they asked for', async ({ as }) => {
  const dba = await as('wei')
  const id = await ask(dba, 'My own', ['categories'])
  await dba.goto(`/tickets/${id}`)
  await expect(dba.getByRole('button', { name: 'Approve' })).toBeDisabled()
  await expect(dba.getByText('someone else must approve it')).toBeVisible()
})

test('an approval of what has changed meanwhile is refused and explained', async ({ as }) => {
  const [user, dba] = [await as('uma'), await as('wei')]
  const id = await ask(user, 'Before', ['categories'])
  await dba.goto(`/tickets/${id}`)
  await dba.getByRole('button', { name: 'Approve' }).click()
  await user.goto(`/tickets/${id}/edit`)
  await user.getByLabel('Title').fill('After')
  await user.getByRole('button', { name: 'Save and ask for review' }).click()
  await expect(user.getByRole('heading', { name: 'After' })).toBeVisible()

  await dba.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await expect(dba.getByRole('alert')).toContainText('look at it again')
  await dba.getByRole('button', { name: 'Show what it is now' }).click()
  await expect(dba.getByRole('heading', { name: 'After' })).toBeVisible()
  await expect(dba.getByText('Waits for your review.')).toBeVisible()
})

test("another's ticket is not found", async ({ as }) => {
  const [dba, user] = [await as('wei'), await as('uma')]
  const id = await ask(dba, 'Not for Uma', ['categories'])
  await user.goto(`/tickets/${id}`)
  await expect(user.getByRole('heading', { name: 'Not found' })).toBeVisible()
})

test('the search and the filters live in the address', async ({ as }) => {
  const dba = await as('wei')
  await dba.goto('/tickets')
  await dba.getByRole('searchbox', { name: 'Search tickets' }).fill('sensor')
  await expect(dba.getByRole('table').getByRole('link')).toHaveText(['Sensor data for the test'])
  await expect(dba).toHaveURL(/q=sensor/)
  await dba.reload()
  await expect(dba.getByRole('table').getByRole('link')).toHaveText(['Sensor data for the test'])
  await dba.getByRole('button', { name: 'Reset' }).click()
  await expect(dba.getByRole('link', { name: 'Refresh the test shop' })).toBeVisible()
})

test('a session that ends keeps what was typed', async ({ as, demo }) => {
  const user = await as('uma')
  await user.goto('/tickets/new')
  await user.getByLabel('Title').fill('Half a ticket')
  await user.context().clearCookies()
  await choose(user, 'Copy from instance', 'shop-production') // asks for its databases
  const dialog = user.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.getByLabel('Password').fill(demo.passwords.uma)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(user.getByLabel('Title')).toHaveValue('Half a ticket')
  await choose(user, 'Database', 'shop')
})

test('a DBA undoes a copy after reading what is lost, and its requester sees it', async ({ as }) => {
  const [user, dba] = [await as('uma'), await as('wei')]
  const id = await ask(user, 'To be undone', ['categories'])
  await user.goto(`/tickets/${id}`)
  await dba.goto(`/tickets/${id}`)
  await dba.getByRole('button', { name: 'Approve' }).click()
  await dba.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  for (const page of [user, dba]) await expect(page.getByText(/^Can be undone until /)).toBeVisible({ timeout: 60_000 })
  await expect(user.getByRole('button', { name: 'Undo the copy' })).toHaveCount(0)

  await dba.getByRole('button', { name: 'Undo the copy' }).click()
  const dialog = dba.getByRole('dialog')
  await expect(dialog).toContainText('Everything that was written to it since the copy is lost.')
  await dialog.getByRole('button', { name: 'Undo the copy' }).click()
  for (const page of [user, dba]) {
    await expect(page.getByText('The old tables are back in place.')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('listitem').filter({ hasText: 'asked to undo the copy' })).toBeVisible()
    await expect(page.getByText(/^Can be undone until /)).toHaveCount(0)
  }
})
