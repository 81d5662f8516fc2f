import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

import { type BrowserContextOptions, type Page, test as base } from '@playwright/test'

import { complaints } from './installation'

/** The people of the demonstration: a user, a DBA and an administrator. */
export type Person = 'uma' | 'wei' | 'admin'

/** A complete installation with two database servers, people, and three tickets that are done. */
export interface Demo {
  url: string
  passwords: Record<Person, string>
}

const program = resolve(import.meta.dirname, '../../bin/overmind')
const startTime = 180_000 // it promises three minutes
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

function ready(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = ''
    const fail = () => failed(new Error(`the demo did not start:\n${said}`))
    const timer = setTimeout(fail, startTime)
    child.once('exit', fail)
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes('Ctrl-C ends the demo')) return
      clearTimeout(timer)
      child.off('exit', fail)
      found(said)
    })
  })
}

function told(said: string, wanted: RegExp): string {
  const match = said.match(wanted)?.[1]
  if (!match) throw new Error(`the demo did not say ${wanted}:\n${said}`)
  return match
}

/** The rules of axe that a page breaks, each with the element that breaks it. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe) // evaluated by the browser's debugger, which the page's policy does not bind
  return page.evaluate(async () => {
    type Found = { violations: { id: string; nodes: { html: string }[] }[] }
    const found = await (window as unknown as { axe: { run(): Promise<Found> } }).axe.run()
    return found.violations.map((v) => `${v.id}: ${v.nodes[0]?.html.slice(0, 200)}`)
  })
}

interface Fixtures {
  /** Opens a page as somebody who is signed in. The test fails when any such page throws or breaks its policy. */
  as: (who: Person, options?: BrowserContextOptions) => Promise<Page>
}

export const test = base.extend<Fixtures, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const child = spawn(program, ['demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
      try {
        const said = await ready(child)
        const password = (who: Person) => told(said, new RegExp(`^ +${who} +([A-Z2-7]{20,})`, 'm'))
        await use({ url: told(said, /(http:\S+)\s+the web application/), passwords: { uma: password('uma'), wei: password('wei'), admin: password('admin') } })
      } finally {
        if (child.exitCode === null) {
          const ended = once(child, 'exit')
          child.kill('SIGTERM')
          await ended
        }
      }
    },
    { scope: 'worker', timeout: 2 * startTime },
  ],
  as: async ({ browser, demo }, use) => {
    const broken: string[] = []
    const opened: Page[] = []
    await use(async (who, options) => {
      const context = await browser.newContext({ baseURL: demo.url, locale: 'en-US', ...options })
      const page = await context.newPage()
      opened.push(page)
      complaints(page, broken)
      const answer = await page.request.post('/api/v1/auth/login', { data: { username: who, password: demo.passwords[who] } })
      if (!answer.ok()) throw new Error(`${who} cannot sign in: ${answer.status()}`)
      return page
    })
    for (const page of opened) await page.context().close()
    if (broken.length > 0) throw new Error(`a page complains:\n${broken.join('\n')}`)
  },
})

export { expect } from '@playwright/test'
