import { readFile } from 'node:fs/promises'

import { expect, test } from './demo'

test('staff see what was counted, narrow it, and take it with them', async ({ as }) => {
  const page = await as('wei')
  await page.goto('/statistics')
  await expect(page.locator('.figures > div', { hasText: 'Tickets' }).locator('dd')).toHaveText('3')
  await expect(page.getByRole('img', { name: /tickets over time/ }).locator('canvas')).toBeVisible()
  await expect(page.getByRole('row', { name: /^Succeeded 2/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /^Waiting for review 3/ })).toBeVisible()

  await page.getByRole('button', { name: 'Show as table When' }).click()
  await expect(page.getByRole('row', { name: /^Mon / })).toBeVisible()
  await page.getByRole('button', { name: 'Show as table', exact: true }).click()
  await expect(page.getByRole('img', { name: /tickets over time/ })).toHaveCount(0)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV States' }).click()])
  expect(file.suggestedFilename()).toMatch(/^tickets-states-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/)
  expect(await readFile(await file.path(), 'utf8')).toContain('0,succeeded,0,,2,2,0,')

  await page.getByText('12 months').click()
  await expect(page).toHaveURL(/span=year/)
  await expect(page.getByRole('heading', { name: 'Tickets by month' })).toBeVisible()
  await page.goto('/statistics?from=2001-01-01&until=2001-01-31')
  await expect(page.getByRole('heading', { name: 'No tickets in this period' })).toBeVisible()
})

test('the statistics are not for users', async ({ as }) => {
  const page = await as('uma')
  await page.goto('/statistics')
  await expect(page.getByRole('alert')).toContainText('Your role does not allow this.')
  await expect(page.getByRole('link', { name: 'Statistics' })).toHaveCount(0)
})
