import { writeFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import { kinds, types } from '../src/notify/kinds'
import { expect, test } from './demo'

/** The pages as whoever uses them most sees them; the names are those of the pictures. */
const pages = {
  uma: { 'my-tickets': '/tickets', submit: '/tickets/new?from=1', tokens: '/tokens' },
  wei: { tickets: '/tickets?tab=all', 'to-review': '/tickets?tab=to_review', review: '/tickets/4', ticket: '/tickets/1', rejected: '/tickets/3', instances: '/instances', instance: '/instances/1', environments: '/environments', statistics: '/statistics', audit: '/audit' },
  admin: { users: '/users', channels: '/channels', messages: '/messages', mails: '/mails', missing: '/nothing' },
} as const

const viewport = { width: 1280, height: 800 }

/** Waits until the page has what it asked for and nothing moves. */
async function settled(page: Page) {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await expect(page.locator('.spinner, .old')).toHaveCount(0)
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
}

/** Tickets that wait: one changes what the target has, two do not. */
async function ask(page: Page) {
  for (const [title, target, tables] of [['Refresh the shop for the release test', 'shop', undefined], ['Orders for the finance report', 'shop_report', ['orders', 'customers']], ['商品目录同步到测试环境', 'catalogue', ['products', 'categories']]] as const) {
    const spec = { source: { instance_id: 1, database: 'shop' }, target: { instance_id: 2, database: target }, tables, if_exists: tables ? 'refuse' : 'replace' }
    await expect(await page.request.post('/api/v1/tickets', { data: { kind: 'migration', title, reason: 'For the tests of next week.', spec } })).toBeOK()
  }
}

/** Channels, made after the last event that they would tell, so that nothing is sent. */
async function tell(page: Page) {
  for (const channel of [
    { name: 'DBA mail', kind: 'email', language: 'en', mail: { host: 'smtp.example.com', port: 587, tls: 'starttls', from: 'overmind@example.com' } },
    { name: '数据库变更群', kind: 'dingtalk', language: 'zh', url: 'https://oapi.dingtalk.com/robot/send?access_token=none' },
  ]) await expect(await page.request.post('/api/v1/channels', { data: { ...channel, rule: { types: ['ticket.submitted', 'ticket.succeeded', 'ticket.failed'] } } })).toBeOK()
}

test('tickets wait for review, and channels are known', async ({ as }) => {
  await ask(await as('uma'))
  await tell(await as('admin'))
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'zh-CN']) {
    test(`pictures: ${colorScheme} ${locale}`, async ({ as, browser, demo }) => {
      test.setTimeout(300_000)
      const take = async (page: Page, name: string) => {
        await settled(page)
        await page.screenshot({ path: `e2e/results/screenshots/${name}-${colorScheme}-${locale.slice(0, 2)}.png` })
      }
      for (const who of ['uma', 'wei', 'admin'] as const) {
        const page = await as(who, { colorScheme, locale, viewport })
        for (const [name, path] of Object.entries(pages[who])) {
          await page.goto(path)
          await take(page, name)
        }
        if (who === 'wei') {
          await page.goto('/tickets?tab=to_review')
          await page.locator('th input[type=checkbox]').check()
          await page.locator('.batch-bar .el-button--primary').click()
          await expect(page.locator('.batch .row .place')).not.toHaveCount(0)
          await take(page, 'batch')
          await page.goto('/tickets/4')
          await page.locator('.ticket-head .el-button--primary').click()
          await page.getByRole('dialog').waitFor()
          await take(page, 'approve')
        }
      }
      const outside = await browser.newPage({ baseURL: demo.url, colorScheme, locale, viewport })
      await outside.goto('/')
      await take(outside, 'sign-in')
      await outside.close()
      const phone = await as('uma', { colorScheme, locale, viewport: { width: 390, height: 844 } })
      await phone.goto('/tickets')
      await take(phone, 'phone')
    })
  }
}

test('every mail as a picture, every card as JSON, in both languages', async ({ as }) => {
  test.setTimeout(180_000)
  const page = await as('admin', { viewport: { width: 700, height: 640 } })
  const cards: Record<string, unknown> = {}
  for (const language of ['en', 'zh']) {
    for (const type of types) {
      await page.goto(`/api/v1/channels/preview/mail?${new URLSearchParams({ type, language })}`)
      await page.screenshot({ path: `e2e/results/screenshots/mail-${type}-${language}.png`, fullPage: true })
      for (const kind of kinds.filter((k) => k !== 'email')) {
        const answer = await page.request.get(`/api/v1/channels/preview?${new URLSearchParams({ kind, type, language })}`)
        cards[`${kind} ${type} ${language}`] = ((await answer.json()) as { card: unknown }).card
      }
    }
  }
  writeFileSync('e2e/results/screenshots/cards.json', JSON.stringify(cards, null, 2))
})
