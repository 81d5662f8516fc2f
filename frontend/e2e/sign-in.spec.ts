import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { Page } from '@playwright/test'

import { expect, test } from './installation'

const chosen = 'a passphrase chosen at the first sign-in'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function signIn(page: Page, username: string, password: string) {
  await page.goto('/')
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe) // evaluated by the browser's debugger, which the page's policy does not bind
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run()
    return (await run).violations.map((v) => v.id)
  })
}

test('the one-use password leads to a chosen one, and the session survives a reload', async ({ page, installation }) => {
  const { username, password } = installation.admin
  await signIn(page, username, 'not the password')
  await expect(page.getByRole('alert')).toContainText('wrong')

  await signIn(page, username, password)
  await expect(page.getByText('Change it before anything else')).toBeVisible()
  await page.getByLabel('New password').fill(chosen)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Change it before anything else')).toBeHidden()

  await page.goto('/tickets/7')
  await expect(page.getByRole('button', { name: / account$/ })).toBeVisible()
  expect(await page.evaluate(() => document.cookie)).toBe('')

  await page.goto('/swagger/index.html')
  const operation = page.locator('#operations-session-getMe')
  await operation.getByRole('button').first().click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  await expect(operation.locator('.live-responses-table')).toContainText(`"username": "${username}"`)

  await page.goto('/')
  await page.getByRole('button', { name: / account$/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByLabel('User name')).toBeVisible()
})

test('Swagger UI takes a token', async ({ page, context, installation }) => {
  await signIn(page, installation.admin.username, chosen)
  await expect(page.getByRole('heading', { name: 'Tickets', exact: true })).toBeVisible()
  const made = await page.request.post('/api/v1/tokens', { data: { name: 'swagger' } })
  const { value } = (await made.json()) as { value: string }
  await context.clearCookies()

  await page.goto('/swagger/index.html')
  await page.getByRole('button', { name: 'Authorize' }).click()
  const bearer = page.locator('.auth-container', { hasText: 'bearer' })
  await bearer.getByRole('textbox').fill(value)
  await bearer.getByRole('button', { name: 'Authorize' }).click()
  await bearer.getByRole('button', { name: 'Close' }).click()
  const operation = page.locator('#operations-session-getMe')
  await operation.getByRole('button').first().click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  await expect(operation.locator('.live-responses-table')).toContainText(`"username": "${installation.admin.username}"`)
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'zh-CN']) {
    test.describe(`${colorScheme} ${locale}`, () => {
      test.use({ colorScheme, locale })
      test('anybody can use the page', async ({ page }) => {
        await page.goto('/')
        await expect(page.getByText(locale === 'zh-CN' ? '版本' : 'Version')).toBeVisible()
        await expect(page.locator('html')).toHaveClass(colorScheme === 'dark' ? 'dark' : '')
        expect(await page.locator('[style], style').count()).toBe(0)
        expect(await violations(page)).toEqual([])
      })
    })
  }
}

test('language and theme are remembered', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('button', { name: 'Dark' }).click()
  await page.getByLabel('Language').selectOption('zh')
  await page.reload()
  await expect(page.getByRole('button', { name: '浅色' })).toBeVisible()
  await expect(page.locator('html')).toHaveClass('dark')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh')
})
