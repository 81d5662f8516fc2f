import { createRouter, createWebHistory } from 'vue-router'

import SignInPage from './pages/SignInPage.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: '/:rest(.*)*', name: 'sign-in', component: SignInPage }],
})
