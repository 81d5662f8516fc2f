import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, type Page, request } from '@playwright/test'

import { complaints, end, freePort, test as base, startDatabase } from './installation'

/** An installation in use: people of every role, and a database server that is not registered yet. */
export interface Company {
  people: Record<'admin' | 'dba' | 'user', { username: string; password: string }>
  server: { port: number; reader: string; loader: string; password: string; execute: (sql: string) => void; query: (sql: string) => string }
}

const password = 'a passphrase for everybody here'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Signs in with a one-use password and replaces it. */
async function settle(url: string, username: string, oneUse: string) {
  const api = await request.newContext({ baseURL: url, extraHTTPHeaders: { Origin: url } })
  await expect(await api.post('/api/v1/auth/login', { data: { username, password: oneUse } })).toBeOK()
  await expect(await api.put('/api/v1/me/password', { data: { old_password: oneUse, new_password: password } })).toBeOK()
  return api
}

interface Fixtures {
  /** Signs in on the test's own page. */
  signIn: (who: keyof Company['people'], to: string) => Promise<void>
  /** Opens a page of a browser of its own, as somebody who is signed in. */
  as: (who: keyof Company['people']) => Promise<Page>
}

export const test = base.extend<Fixtures, { company: Company }>({
  company: [
    async ({ installation: { url, admin } }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'overmind-e2e-'))
      let server: ChildProcess | undefined
      try {
        const api = await settle(url, admin.username, admin.password)
        for (const role of ['dba', 'user']) {
          const oneUse = `one use only, for ${role[0]}!`
          await expect(await api.post('/api/v1/users', { data: { username: `${role}-person`, password: oneUse, role } })).toBeOK()
          await (await settle(url, `${role}-person`, oneUse)).dispose()
        }
        for (const environment of [
          { name: 'production', color: '#c62828', rank: 90, protected: true, may_be_source: true },
          { name: 'test', color: '#2e7d32', rank: 10, may_be_source: true, may_be_target: true },
        ]) await expect(await api.post('/api/v1/environments', { data: environment })).toBeOK()
        await api.dispose()

        const port = await freePort()
        server = await startDatabase(folder, port)
        const execute = (sql: string) => void execFileSync('mariadb', ['--no-defaults', `--socket=${join(folder, 's')}`, '--user=root'], { input: sql })
        const query = (sql: string) => execFileSync('mariadb', ['--no-defaults', `--socket=${join(folder, 's')}`, '--user=root', '--skip-column-names', `--execute=${sql}`]).toString().trim()
        execute(`CREATE DATABASE shop; USE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT) AS SELECT seq AS id, REPEAT('x', 200) AS note FROM seq_1_to_5000;
          CREATE VIEW shop.recent AS SELECT id FROM shop.orders; CREATE DATABASE billing; CREATE TABLE billing.invoices (id INT PRIMARY KEY); ANALYZE TABLE shop.orders;
          CREATE USER reader IDENTIFIED BY '${password}'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO reader; CREATE USER loader IDENTIFIED BY '${password}';`)
        const person = (username: string) => ({ username, password })
        await use({ people: { admin: person(admin.username), dba: person('dba-person'), user: person('user-person') }, server: { port, reader: 'reader', loader: 'loader', password, execute, query } })
      } finally {
        if (server) await end(server)
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  as: async ({ browser, company, installation }, use) => {
    const opened: Page[] = []
    const broken: string[] = []
    await use(async (who) => {
      const page = await (await browser.newContext({ baseURL: installation.url, locale: 'en-US', viewport: { width: 1280, height: 800 } })).newPage()
      opened.push(page)
      complaints(page, broken)
      await expect(await page.request.post('/api/v1/auth/login', { data: company.people[who] })).toBeOK()
      return page
    })
    for (const page of opened) await page.context().close()
    expect(broken).toEqual([])
  },
  signIn: async ({ page, company }, use) =>
    use(async (who, to) => {
      await page.goto(to)
      await page.getByLabel('User name').fill(company.people[who].username)
      await page.getByLabel('Password').fill(company.people[who].password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expect(page.getByRole('button', { name: / account$/ })).toBeVisible()
    }),
})

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe) // evaluated by the browser's debugger, which the page's policy does not bind
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run()
    return (await run).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)
  })
}

/**
 * Nobody is kept out of the page as it stands, in either theme and language, and nothing needs a wider window. With
 * SCREENSHOTS set to a folder, pictures are left there.
 */
export async function examine(page: Page, name: string) {
  const before = page.viewportSize()
  const folder = process.env.SCREENSHOTS
  await page.setViewportSize({ width: 1280, height: 720 })
  const checked = [['dark', 'zh'], ['light', 'en']] as const
  for (const [theme, language] of folder ? ([['light', 'zh'], ['dark', 'en'], ...checked] as const) : checked) {
    await page.evaluate((dark) => document.documentElement.classList.toggle('dark', dark), theme === 'dark')
    await page.locator('header.top select').selectOption(language, { force: true })
    await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => undefined))))
    if (folder) await page.screenshot({ path: join(folder, `${name}-${theme}-${language}.png`) })
    if (!checked.some((c) => c[0] === theme && c[1] === language)) continue
    expect(await violations(page), `${name} ${theme}`).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  }
  if (before) await page.setViewportSize(before)
}

export { expect }
