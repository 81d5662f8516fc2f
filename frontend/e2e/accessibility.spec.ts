import { expect, test, violations } from './demo'

const pages = ['/tickets', '/tickets?q=nothing+like+this', '/tickets/1', '/tickets/3', '/tickets/new?from=1', '/instances', '/instances/1', '/environments', '/users', '/channels', '/messages', '/mails', '/audit', '/statistics', '/tokens', '/nothing']

for (const [colorScheme, locale] of [['light', 'en-US'], ['dark', 'zh-CN']] as const) {
  test(`everybody can use every page: ${colorScheme} ${locale}`, async ({ as }) => {
    test.setTimeout(120_000)
    const page = await as('admin', { colorScheme, locale, viewport: { width: 1280, height: 720 } })
    for (const path of pages) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('.spinner')).toHaveCount(0)
      expect(await violations(page), path).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), `${path} is wider than the window`).toBe(false)
    }
  })
}

test('a phone shows the list and its menu', async ({ as }) => {
  const page = await as('uma', { viewport: { width: 390, height: 844 } })
  await page.goto('/tickets')
  await expect(page.getByRole('link', { name: 'Refresh the test shop' })).toBeVisible()
  await page.getByRole('button', { name: 'Menu' }).click()
  await page.getByRole('link', { name: 'Instances' }).click()
  await expect(page.getByRole('heading', { name: 'Instances' })).toBeVisible()
})
