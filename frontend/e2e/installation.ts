import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'

import { type Page, test as base } from '@playwright/test'

/** A private installation: the built program on a database server of its own, just started for the first time. */
export interface Installation {
  url: string
  admin: { username: string; password: string }
  /** Ends the program as a deployment would, and starts it again at the same address. */
  restart: (pause?: () => Promise<void>) => Promise<void>
  /** The same with a program of another version. */
  upgrade: () => Promise<void>
  /** Runs SQL on the program's own database. */
  execute: (sql: string) => void
}

const program = resolve(import.meta.dirname, '../../bin/overmind')
const startTime = 60_000

/** Collects what a page throws, and what its browser complains of: a break of the content security policy is one of these. */
export function complaints(page: Page, broken: string[]) {
  page.on('pageerror', (error) => broken.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) broken.push(message.text())
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Collects what a process says and resolves when it matches. Fails with all it said when it ends or takes too long. */
function says(child: ChildProcess, wanted: RegExp): Promise<RegExpMatchArray> {
  return new Promise((found, failed) => {
    let said = ''
    const fail = () => failed(new Error(`${child.spawnfile} did not say ${wanted}:\n${said}`))
    const timer = setTimeout(fail, startTime)
    child.once('exit', fail)
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const match = said.match(wanted)
      if (!match) return
      clearTimeout(timer)
      child.off('exit', fail)
      found(match)
    })
  })
}

export async function end(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

export async function startDatabase(folder: string, port: number): Promise<ChildProcess> {
  const user = `--user=${userInfo().username}`
  const data = `--datadir=${join(folder, 'data')}`
  execFileSync('mariadb-install-db', ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', user, data], { stdio: 'pipe' })
  const socket = join(folder, 's')
  const server = existsSync('/usr/sbin/mariadbd') ? '/usr/sbin/mariadbd' : 'mariadbd'
  const child = spawn(server, ['--no-defaults', user, data, `--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${join(folder, 'pid')}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await says(child, /ready for connections/)
  execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '--execute=CREATE DATABASE overmind'])
  return child
}

function startProgram(folder: string, url: URL, databasePort: number, file = program): ChildProcess {
  return spawn(file, ['serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      OVERMIND_LISTEN: url.host,
      OVERMIND_EXTERNAL_URL: url.origin,
      OVERMIND_DATABASE_URL: `mysql://root@127.0.0.1:${databasePort}/overmind`,
      OVERMIND_KEYS_FILE: join(folder, 'keys'),
      OVERMIND_INVENTORY_ALLOW_LOOPBACK: 'true', // the servers that tests register are here
      OVERMIND_NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8', // and the receivers of messages
    },
  })
}

export const test = base.extend<{ strict: void }, { installation: Installation }>({
  installation: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'overmind-e2e-'))
      let database: ChildProcess | undefined
      let server: ChildProcess | undefined
      try {
        const databasePort = await freePort()
        database = await startDatabase(folder, databasePort)
        const url = new URL(`http://127.0.0.1:${await freePort()}`)
        server = startProgram(folder, url, databasePort)
        const started = await says(server, / as (\S+) with the one-use password\s+(\S+)[\s\S]*"?started/)
        let file = program
        const restart = async (pause = async () => {}) => {
          if (server) await end(server)
          await pause()
          server = startProgram(folder, url, databasePort, file)
          await says(server, /started/)
        }
        const upgrade = async () => {
          file = join(folder, 'overmind-next')
          execFileSync('go', ['build', '-ldflags', '-X main.version=next', '-o', file, './api'], { cwd: resolve(import.meta.dirname, '../..'), stdio: 'pipe' })
          await restart()
        }
        const execute = (sql: string) => void execFileSync('mariadb', ['--no-defaults', `--socket=${join(folder, 's')}`, '--user=root', 'overmind'], { input: sql })
        await use({ url: url.origin, admin: { username: started[1]!, password: started[2]! }, restart, upgrade, execute })
      } finally {
        if (server) await end(server)
        if (database) await end(database)
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker', timeout: 3 * startTime },
  ],
  baseURL: async ({ installation }, use) => use(installation.url),
  // No page may break the content security policy or throw.
  strict: [
    async ({ page }, use) => {
      const broken: string[] = []
      complaints(page, broken)
      await use()
      if (broken.length > 0) throw new Error(`the page complains:\n${broken.join('\n')}`)
    },
    { auto: true },
  ],
})

export { expect } from '@playwright/test'
