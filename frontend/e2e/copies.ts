import { type APIRequestContext, expect, type Page, request } from '@playwright/test'

import { type Company, test as base } from './company'

/** Two instances on the company's server: production to copy from, and one to copy to. */
export interface Copies {
  source: number
  target: number
  guarded: number
}

export const hostile = '<img src=x onerror=window.harmed=1>'

async function made(api: APIRequestContext, path: string, data: object): Promise<number> {
  const answer = await api.post(`/api/v1/${path}`, { data })
  expect(answer.status(), await answer.text()).toBe(201)
  return ((await answer.json()) as { id: number }).id
}

async function prepare(url: string, { people, server }: Company): Promise<Copies> {
  server.execute(`CREATE DATABASE warehouse; USE warehouse;
    CREATE TABLE parts (id INT PRIMARY KEY, a INT, b INT, c VARCHAR(40), KEY (a), KEY (b), KEY (c)) AS SELECT seq AS id, seq * 7919 % 1000003 AS a, seq % 977 AS b, MD5(seq) AS c FROM seq_1_to_700000;
    CREATE TABLE labels (id INT PRIMARY KEY, name VARCHAR(20)) AS SELECT seq AS id, 'label' AS name FROM seq_1_to_50;
    CREATE DATABASE \`${hostile}\`; CREATE TABLE \`${hostile}\`.\`${hostile}\` (id INT PRIMARY KEY);
    GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, RELOAD, LOCK TABLES, REPLICATION CLIENT, BINLOG MONITOR, PROCESS ON *.* TO reader; GRANT ALL ON *.* TO loader; ANALYZE TABLE parts, labels`)
  const api = await request.newContext({ baseURL: url, extraHTTPHeaders: { Origin: url } })
  await expect(await api.post('/api/v1/auth/login', { data: people.admin })).toBeOK()
  const environment = (name: string, more: object) => made(api, 'environments', { name, color: '#00695c', may_be_source: true, ...more })
  const instance = (name: string, environment_id: number) =>
    made(api, 'instances', {
      name, environment_id, host: '127.0.0.1', port: server.port, tls: 'off', labels: { note: hostile },
      read_user: server.reader, read_password: server.password, load_user: server.loader, load_password: server.password,
    })
  const copies = {
    source: await instance('warehouse-live', await environment('live', { rank: 80 })),
    target: await instance('warehouse-copy', await environment('copies', { rank: 5, may_be_target: true })),
    guarded: await instance('warehouse-guarded', await environment('guarded', { rank: 70, may_be_target: true, protected: true })),
  }
  await api.dispose()
  return copies
}

export const test = base.extend<object, { copies: Copies }>({
  copies: [async ({ installation, company }, use) => use(await prepare(installation.url, company)), { scope: 'worker', timeout: 240_000 }],
})

interface Wanted {
  title: string
  database?: string
  to?: string
  tables?: string[]
  replace?: boolean
  limits?: { megabytes_per_second?: number; connections?: number }
  notBefore?: string
  reason?: string
}

/** Asks for a copy without a browser. */
export async function ask(page: Page, { source, target }: Copies, { title, database = 'warehouse', to = 'warehouse_copy', tables, replace, reason, limits, notBefore }: Wanted): Promise<number> {
  const spec = { source: { instance_id: source, database }, target: { instance_id: target, database: to }, tables, if_exists: replace ? 'replace' : 'refuse', limits }
  return made(page.request, 'tickets', { kind: 'migration', title, reason, spec, not_before: notBefore })
}

/** Approves what is there now, without a browser. */
export async function approve(page: Page, id: number) {
  const ticket = await (await page.request.get(`/api/v1/tickets/${id}`)).json()
  const answer = await page.request.post(`/api/v1/tickets/${id}/approve`, {
    data: { version: ticket.version, spec_hash: ticket.spec_hash, findings_hash: ticket.preflight.findings_hash },
  })
  expect(answer.status(), await answer.text()).toBe(200)
}

export { expect } from '@playwright/test'
