import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Page } from '@playwright/test'

import { expect, examine, test } from './company'

/** A receiver of webhooks that can be out of order. */
async function startReceiver() {
  const got: { type: string; data: { subject: string; url: string } }[] = []
  const state = { status: 204 }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (state.status < 300) got.push(JSON.parse(body))
    response.writeHead(state.status).end(state.status < 300 ? '' : 'the hook is broken')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { got, state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, close: () => server.close() }
}

/** Registers the server twice and submits a ticket between the two; gives its number. */
async function submit(page: Page, server: { port: number; reader: string; loader: string; password: string }): Promise<number> {
  const { items } = await (await page.request.get('/api/v1/environments')).json()
  const ids: number[] = []
  for (const name of ['production', 'test']) {
    const environment_id = items.find((e: { name: string }) => e.name === name).id
    const made = await page.request.post('/api/v1/instances', {
      data: { name: `told-${name}`, environment_id, host: '127.0.0.1', port: server.port, read_user: server.reader, read_password: server.password, load_user: server.loader, load_password: server.password },
    })
    await expect(made).toBeOK()
    ids.push((await made.json()).id)
  }
  const made = await page.request.post('/api/v1/tickets', {
    data: { kind: 'migration', title: 'Tell them', spec: { source: { instance_id: ids[0], database: 'shop' }, target: { instance_id: ids[1], database: 'shop_told' } } },
  })
  await expect(made).toBeOK()
  return (await made.json()).id
}

test('an administrator adds a channel, tests it, and sees where each message went', async ({ page, signIn, company }) => {
  test.setTimeout(240_000)
  const receiver = await startReceiver()
  await signIn('admin', '/channels')
  await expect(page.getByRole('heading', { name: 'Nobody is told yet' })).toBeVisible()
  await examine(page, 'channels-none')

  await page.getByRole('button', { name: 'Add channel' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('Name', { exact: true }).fill('ops hook')
  await examine(page, 'channel-add-mail')
  await drawer.getByRole('combobox', { name: 'Kind' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'Webhook' }).click()
  await drawer.getByLabel('Address').fill('gopher://example.com')
  await drawer.getByRole('button', { name: 'Add channel' }).click()
  await expect(drawer.locator('.field-error')).toContainText('https://example.com/hook')
  await examine(page, 'channel-add-webhook')
  await drawer.getByLabel('Address').fill(receiver.url)
  await drawer.getByRole('button', { name: 'Add channel' }).click()

  const dialog = page.getByRole('dialog', { name: 'Send test through ops hook' })
  await dialog.getByRole('button', { name: 'Send test' }).click()
  await expect(dialog.getByText('The provider took the message')).toBeVisible()
  expect(receiver.got).toHaveLength(1)
  receiver.state.status = 502
  await dialog.getByRole('button', { name: 'Send test' }).click()
  await expect(dialog.getByText('HTTP 502 the hook is broken')).toBeVisible()
  await examine(page, 'channel-test')
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  expect(await page.content()).not.toContain('/hook')

  const ticket = await submit(page, company.server)
  const row = page.getByRole('row', { name: /ops hook/ })
  await expect(row.getByText('Failing')).toBeVisible({ timeout: 60_000 })
  await examine(page, 'channels')
  await row.getByRole('link', { name: '1 queued messages of ops hook' }).click()
  await expect(page.getByRole('row', { name: /Ticket submitted/ })).toContainText('HTTP 502')
  await examine(page, 'messages')

  receiver.state.status = 204
  await page.goto(`/tickets/${ticket}`)
  await expect(page.getByRole('list', { name: 'Messages sent' })).toContainText('ops hook', { timeout: 60_000 })
  await expect.poll(() => receiver.got.length, { timeout: 60_000 }).toBe(2)
  expect(receiver.got[1]).toMatchObject({ type: 'ticket.submitted', data: { subject: expect.stringContaining('told-production.shop → told-test.shop_told'), url: page.url() } })
  await examine(page, 'ticket-told')

  await page.goto('/channels')
  await row.getByRole('button', { name: 'Pause ops hook' }).click()
  await expect(row.getByText('Paused')).toBeVisible()
  await row.getByRole('button', { name: 'Preview ops hook' }).click()
  await expect(page.getByRole('dialog').getByText('"type": "ticket.submitted"')).toBeVisible()
  await examine(page, 'channel-preview')
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
  await row.getByRole('button', { name: 'Delete ops hook' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('heading', { name: 'Nobody is told yet' })).toBeVisible()
  receiver.close()
})

test('a mail is shown before anybody gets one', async ({ page, signIn }) => {
  await signIn('admin', '/channels')
  const made = await page.request.post('/api/v1/channels', {
    data: { name: 'mail', kind: 'email', language: 'zh', mail: { host: 'smtp.example.com', port: 587, tls: 'starttls', from: 'om@example.com' }, rule: { types: ['ticket.failed'] } },
  })
  await expect(made).toBeOK()
  await page.getByRole('button', { name: 'Preview mail' }).click()
  const frame = page.frameLocator('iframe')
  await expect(frame.getByRole('heading', { name: '#128 执行失败' })).toBeVisible()
  await page.getByRole('dialog').getByRole('radio', { name: 'English' }).check()
  await expect(frame.getByRole('heading', { name: '#128 failed' })).toBeVisible()
  await examine(page, 'mail-preview')
  const { id, version } = await made.json()
  await expect(await page.request.delete(`/api/v1/channels/${id}?version=${version}`)).toBeOK()
})

test('people choose their mails and their language', async ({ page, signIn }) => {
  await signIn('user', '/tickets')
  const open = async () => {
    await page.getByRole('button', { name: / account$/ }).click()
    await page.getByRole('menuitem', { name: 'My mails' }).click()
  }
  await open()
  await expect(page.getByText('You have no mail address yet')).toBeVisible()
  await page.getByLabel('Copy started').uncheck()
  await examine(page, 'my-mails')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await page.goto('/tickets')
  await open()
  await expect(page.getByLabel('Copy started')).not.toBeChecked()
  await expect(page.getByLabel('Copy failed')).toBeChecked()
  const saved = await (await page.request.get('/api/v1/me/notifications')).json()
  expect(saved).toEqual({ email: '', language: 'en', muted: ['ticket.started'] })
})
