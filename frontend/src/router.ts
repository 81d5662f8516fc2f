import { nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import { i18n } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/tickets' },
    { path: '/tickets', component: () => import('./pages/TicketsPage.vue'), meta: { title: 'nav.tickets' } },
    {
      path: '/tickets/new',
      component: () => import('./pages/SubmitPage.vue'),
      props: (to) => ({ from: Number(to.query.from) || undefined }),
      meta: { title: 'submit.title' },
    },
    {
      path: '/tickets/:id(\\d+)/edit',
      component: () => import('./pages/SubmitPage.vue'),
      props: (to) => ({ edit: Number(to.params.id) }),
      meta: { title: 'submit.title' },
    },
    { path: '/tickets/:id(\\d+)', component: () => import('./pages/TicketPage.vue'), props: true, meta: { title: 'ticket.title' } },
    { path: '/instances', component: () => import('./pages/InstancesPage.vue'), meta: { title: 'nav.instances' } },
    { path: '/instances/:id(\\d+)', component: () => import('./pages/InstancePage.vue'), props: true, meta: { title: 'nav.instances' } },
    { path: '/environments', component: () => import('./pages/EnvironmentsPage.vue'), meta: { title: 'nav.environments' } },
    { path: '/statistics', component: () => import('./pages/StatisticsPage.vue'), meta: { title: 'nav.statistics' } },
    { path: '/users', component: () => import('./pages/UsersPage.vue'), meta: { title: 'nav.users' } },
    { path: '/channels', component: () => import('./pages/ChannelsPage.vue'), meta: { title: 'nav.channels' } },
    { path: '/messages', component: () => import('./pages/MessagesPage.vue'), meta: { title: 'messages.title' } },
    { path: '/audit', component: () => import('./pages/AuditPage.vue'), meta: { title: 'nav.audit' } },
    { path: '/mails', component: () => import('./pages/MailsPage.vue'), meta: { title: 'mails.title' } },
    { path: '/tokens', component: () => import('./pages/TokensPage.vue'), meta: { title: 'nav.tokens' } },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFoundPage.vue'), meta: { title: 'notFound.title' } },
  ],
})

router.afterEach(async (to, from) => {
  const { t } = i18n.global
  document.title = `${t(to.meta.title)} · ${t('brand')}`
  if (!from.matched.length || to.path === from.path) return
  await nextTick()
  document.getElementById('content')?.focus({ preventScroll: true }) // a screen reader goes on where the new page begins
})
