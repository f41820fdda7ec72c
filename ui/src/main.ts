// SPDX-License-Identifier: Apache-2.0
import '@/lib/set-up-secret'
import '@/lib/brought-back'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import '@/elements.css'
import { createApp, watch } from 'vue'
import { api, ApiError, call } from '@/api/client'
import App from '@/App.vue'
import { followFeed } from '@/lib/feed'
import { i18n } from '@/lib/i18n'
import { followTyping } from '@/lib/kept'
import { session } from '@/lib/session'
import { followSession } from '@/lib/sign-in'
import { router } from '@/router'
import '@/style.css'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The feed tells when something changed; until then what was read is true.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      // What was read is replaced, never changed in place: nothing has to watch every value of it.
      shallow: true,
      retry: (count, error) => count < 1 && (!(error instanceof ApiError) || error.status === 503),
    },
  },
})
followTyping(router)
followSession(client)
// What the shell asks first does not wait for the answer who has signed in; a refusal is asked again by it.
void client.prefetchQuery({ queryKey: ['institutions'], queryFn: () => call(api.GET('/api/v1/institutions')), retry: false })
followFeed(client)
// Names come in the language they are asked for in.
watch(
  () => session.lang,
  () => void client.invalidateQueries({ queryKey: ['inst'] }),
)
createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient: client }).mount('#app')
