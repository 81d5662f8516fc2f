import { defineConfig } from '@playwright/test'

import base from './playwright.config'

/** Pictures of every page in both themes and languages, into e2e/results/screenshots. */
export default defineConfig({ ...base, testMatch: 'screenshots.ts', outputDir: 'results/run' })
