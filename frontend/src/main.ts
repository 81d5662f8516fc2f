import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'

import App from './App.vue'
import { queryClient } from './api/query'
import { i18n } from './i18n'
import { router } from './router'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'

createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
