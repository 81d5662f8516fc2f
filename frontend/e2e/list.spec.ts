import { readFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import { approve, ask, expect, test } from './copies'

test.describe.configure({ timeout: 240_000 })

test('a DBA approves several tickets at once, each as it was shown', async ({ as, copies }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const names = ['Batch one', 'Batch two', 'Batch three']
  const ids: number[] = []
  for (const [i, title] of names.entries()) ids.push(await ask(user, copies, { title, tables: ['labels'], to: `batch_${i}` }))
  const own = await ask(dba, copies, { title: 'Batch of my own', tables: ['labels'], to: 'batch_own' })
  await dba.goto('/tickets?q=batch')
  await dba.getByRole('checkbox', { name: 'Select all that wait for review' }).check()
  await expect(dba.getByText('4 tickets selected')).toBeVisible()
  await dba.getByRole('button', { name: 'Approve …' }).click()
  const dialog = dba.getByRole('dialog')
  await expect(dialog.getByRole('listitem').filter({ hasText: `#${own} ` })).toContainText('Left out')
  await expect(dialog.getByRole('button', { name: 'Approve 3' })).toBeEnabled()
  const edited = await (await user.request.get(`/api/v1/tickets/${ids[1]}`)).json()
  await expect(await user.request.put(`/api/v1/tickets/${ids[1]}`, { data: { version: edited.version, title: 'Batch two, edited', spec: edited.spec } })).toBeOK()
  await dialog.getByRole('button', { name: 'Approve 3' }).click()
  await expect(dialog.getByText('2 of 4 approved')).toBeVisible()
  await expect(dialog.getByRole('listitem').filter({ hasText: `#${ids[1]} ` })).toContainText('Refused')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(dba.getByRole('row', { name: 'Batch one' })).toContainText('Succeeded', { timeout: 60_000 })
  await expect(dba.getByRole('row', { name: 'Batch two, edited' })).toContainText('Pending review')

  await dba.getByRole('checkbox', { name: `Select ticket #${ids[1]}` }).check()
  await dba.getByRole('button', { name: 'Reject …' }).click()
  await dialog.getByLabel('Reason').fill('Not this week.')
  await dialog.getByRole('button', { name: 'Reject 1' }).click()
  await expect(dialog.getByText('1 of 1 rejected')).toBeVisible()
  await expect(user.request.get(`/api/v1/tickets/${ids[1]}`).then(async (r) => ((await r.json()) as { state: string }).state)).resolves.toBe('rejected')
})

test('filters make a view, a file and an address; columns are one’s own', async ({ as, copies }) => {
  const [user, dba] = [await as('user'), await as('dba')]
  await ask(user, copies, { title: '=cmd of a user', tables: ['labels'], to: 'file_1' })
  await dba.goto('/tickets?tab=all&q=cmd')
  const requester = dba.getByRole('combobox', { name: 'Requester' })
  await requester.focus()
  await requester.press('Enter')
  await dba.getByRole('option', { name: 'user-person' }).click()
  await expect(dba).toHaveURL(/requester=\d+/)
  await dba.getByRole('button', { name: 'Columns' }).click()
  await dba.getByRole('checkbox', { name: 'Waiting for' }).uncheck()
  await dba.getByRole('checkbox', { name: 'Reviewer' }).check()
  await expect(dba.getByRole('columnheader')).toHaveText(['', 'No.', 'Title', 'Source › target', 'Requester', 'Status', 'Updated', 'Reviewer'])
  await dba.keyboard.press('Escape')

  await dba.getByRole('button', { name: 'Views' }).click()
  await dba.getByLabel('Keep these filters as').fill('What the user computes')
  await dba.getByRole('button', { name: 'Save' }).click()
  await expect(dba.getByRole('link', { name: 'What the user computes' })).toBeVisible()
  await dba.goto('/tickets')
  await dba.getByRole('button', { name: 'Views' }).click()
  await dba.getByRole('link', { name: 'What the user computes' }).click()
  await expect(dba).toHaveURL(/q=cmd&requester=\d+/)
  await expect(dba.getByRole('table').getByRole('link')).toHaveText(['=cmd of a user'])

  const [file] = await Promise.all([dba.waitForEvent('download'), dba.getByRole('link', { name: 'Export CSV' }).click()])
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(`,'=cmd of a user,pending_review,`)
})

interface Watched {
  busy: number[]
  shown?: number
}

/** Collects how long the browser was busy without a pause, and when it had painted 50 tickets and was free again. */
async function watch(page: Page) {
  await page.addInitScript(() => {
    const watched: Watched = ((window as unknown as { watched: Watched }).watched = { busy: [] })
    new PerformanceObserver((list) => list.getEntries().forEach((e) => watched.busy.push(Math.round(e.duration)))).observe({ type: 'longtask', buffered: true })
    new MutationObserver((_, observer) => {
      if (document.querySelectorAll('tbody tr').length < 50) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => (watched.shown = Math.round(performance.now()))))
    }).observe(document, { childList: true, subtree: true })
  })
}
const busy = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched.busy.splice(0))

test('a list of 200 tickets scrolls and updates; the first load is small', async ({ as, copies, installation }, info) => {
  const [user, dba] = [await as('user'), await as('dba')]
  const id = await ask(user, copies, { title: 'One of many', tables: ['labels'], to: 'many' })
  const columns = `kind, reason, state, version, requester_id, spec, spec_hash, source_instance_id, source_database, target_instance_id, target_database, subject_tables,
    findings, findings_hash, plan, locks, review_note, failure, report, submitted_at, updated_at`
  installation.execute(`INSERT INTO tickets (title, ${columns}) SELECT CONCAT('Many ', seq), ${columns} FROM tickets, seq_1_to_230 WHERE id = ${id}`)
  await watch(dba)
  let bytes = 0
  const network = await dba.context().newCDPSession(dba)
  await network.send('Network.enable')
  const sizes = new Map<string, boolean>()
  network.on('Network.responseReceived', (e) => sizes.set(e.requestId, /\.(js|css|svg|woff2)$/.test(e.response.url) || e.type === 'Document'))
  network.on('Network.loadingFinished', (e) => (bytes += sizes.get(e.requestId) ? e.encodedDataLength : 0))

  await dba.goto('/tickets?tab=all')
  await expect(dba.getByRole('table').locator('tbody tr')).toHaveCount(50)
  const interactive = await dba.evaluate(() => (window as unknown as { watched: Watched }).watched.shown)
  const first = Math.round(bytes / 1000)
  for (const rows of [100, 150, 200]) {
    await dba.getByRole('button', { name: 'Load more' }).click()
    await expect(dba.getByRole('table').locator('tbody tr')).toHaveCount(rows)
  }
  const loading = await busy(dba)
  await dba.mouse.move(600, 500)
  for (let i = 0; i < 30; i++) await dba.mouse.wheel(0, 400)
  for (let i = 0; i < 30; i++) await dba.mouse.wheel(0, -400)
  await approve(dba, id) // it runs, and each of its steps updates the list
  await expect.poll(async () => (await (await dba.request.get(`/api/v1/tickets/${id}`)).json()).state, { timeout: 60_000 }).toBe('succeeded')
  await expect(dba.getByRole('status').filter({ hasText: 'there are more' })).toBeVisible()
  const working = await busy(dba)
  installation.execute(`DELETE FROM tickets WHERE title LIKE 'Many %'`)
  const said = `first load ${first} kB compressed, list interactive after ${interactive} ms, long tasks while loading ${JSON.stringify(loading)} ms, while scrolling and updating ${JSON.stringify(working)} ms`
  console.log(said)
  info.annotations.push({ type: 'measured', description: said })
  expect(first, 'kB of the first load').toBeLessThanOrEqual(300)
})
