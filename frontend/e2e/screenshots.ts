import { test } from './demo'

const pages = {
  tickets: '/tickets', ticket: '/tickets/1', rejected: '/tickets/3', submit: '/tickets/new?from=1', instances: '/instances', instance: '/instances/1',
  environments: '/environments', users: '/users', audit: '/audit', statistics: '/statistics', tokens: '/tokens', missing: '/nothing',
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'zh-CN']) {
    test(`pictures: ${colorScheme} ${locale}`, async ({ as, browser, demo }) => {
      const picture = (name: string) => ({ path: `e2e/results/screenshots/${name}-${colorScheme}-${locale.slice(0, 2)}.png` })
      const page = await as('admin', { colorScheme, locale, viewport: { width: 1280, height: 800 } })
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForFunction(() => !document.querySelector('.spinner'))
        await page.screenshot(picture(name))
      }
      const outside = await browser.newPage({ baseURL: demo.url, colorScheme, locale, viewport: { width: 1280, height: 800 } })
      await outside.goto('/')
      await outside.getByRole('heading', { level: 1 }).waitFor()
      await outside.screenshot(picture('sign-in'))
      await outside.close()
    })
  }
}
