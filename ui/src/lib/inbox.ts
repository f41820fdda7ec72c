// SPDX-License-Identifier: Apache-2.0
// What the acting person has been told, how it is told, and the ways out. Not in the ledger: the feed tells of an inbox
// by an event of its own (lib/feed.ts).
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'
import { signed } from '@/lib/signed'

export type Notice = Schemas['Notice']
export type Preference = Schemas['Preference']
export type Channel = Schemas['Channel']
export type ChannelWanted = Schemas['ChannelWanted']
export type Delivery = Schemas['Deliveries']['items'][number]
export type News = Notice['news']
export type Show = 'open' | 'unread' | 'done' | 'all'
export type Mark = Schemas['InboxMarks']['mark']

export const NEWS: News[] = ['overdue', 'due', 'worse', 'better', 'waits', 'named', 'job', 'addressed', 'answered', 'offered', 'taken', 'tied', 'read', 'emergency', 'guessed', 'tried']
/** What a group can be told. */
export const GROUP_NEWS: News[] = ['overdue', 'due', 'worse', 'better', 'addressed', 'answered', 'offered', 'taken']
export const WAYS: Channel['kind'][] = ['mail', 'wecom', 'dingtalk', 'feishu', 'webhook']

/** In place of an institution: what is the installation's, for its operator. */
export const INSTALLATION = 'installation'
const at = (inst?: string) => inst || session.inst
const key = (inst: string | undefined, ...more: unknown[]) => ['inst', session.inst, 'inbox', session.person, at(inst), ...more]
const path = (inst?: string) => ({ path: { inst: at(inst) } })
const ready = (inst?: string) => at(inst) !== ''

/** @param enabled false: nothing is asked */
export function useInboxCounts(inst?: string, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => key(inst, 'counts')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/inbox/counts', { params: path(inst) })),
    enabled: computed(() => ready(inst) && toValue(enabled)),
    // The feed is the institution's: what is the installation's is looked after now and then.
    refetchInterval: inst ? 60000 : false,
  })
}

export function readInbox(show: Show, news: News | '', before?: string, inst?: string) {
  return call(
    api.GET('/api/v1/institutions/{inst}/inbox', {
      params: { ...path(inst), query: { show, limit: 50, ...(news ? { news } : {}), ...(before ? { before } : {}) } },
    }),
  )
}

export function useInbox(show: MaybeRefOrGetter<Show>, news: MaybeRefOrGetter<News | ''>, inst?: string) {
  return useQuery({
    queryKey: computed(() => key(inst, 'list', session.lang, toValue(show), toValue(news))),
    queryFn: () => readInbox(toValue(show), toValue(news), undefined, inst),
    enabled: computed(() => ready(inst)),
  })
}

export function usePreference() {
  return useQuery({
    queryKey: computed(() => key(undefined, 'preference')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/inbox/preferences', { params: path() })),
    enabled: computed(() => ready()),
  })
}

export function useChannels(inst?: string) {
  return useQuery({
    queryKey: computed(() => key(inst, 'channels')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/channels', { params: path(inst) })),
    enabled: computed(() => ready(inst)),
  })
}

/** @param channel id of one; '' all */
export function useDeliveries(channel: MaybeRefOrGetter<string>, state: MaybeRefOrGetter<Delivery['state'] | ''>, inst?: string) {
  return useQuery({
    queryKey: computed(() => key(inst, 'deliveries', toValue(channel), toValue(state))),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/deliveries', {
          params: { ...path(inst), query: { limit: 20, ...(toValue(channel) ? { channel: toValue(channel) } : {}), ...(toValue(state) ? { state: toValue(state) as Delivery['state'] } : {}) } },
        }),
      ),
    enabled: computed(() => ready(inst)),
  })
}

/** After something was changed here: all of it is read again. */
export function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['inst', session.inst, 'inbox'] })
}

/** @param ids none: all */
export const mark = (what: Mark, ids?: string[], inst?: string) =>
  call(api.POST('/api/v1/institutions/{inst}/inbox/marks', { params: path(inst), body: { mark: what, ...(ids ? { ids } : {}) } }))
export const keepPreference = (body: Schemas['PreferenceWanted']) =>
  call(api.PUT('/api/v1/institutions/{inst}/inbox/preferences', { params: path(), body }))
export const addChannel = (body: ChannelWanted, inst?: string) => call(api.POST('/api/v1/institutions/{inst}/channels', { params: path(inst), body }))
const one = (id: string, inst?: string) => ({ path: { inst: at(inst), id } })
export const changeChannel = (id: string, body: ChannelWanted, inst?: string) =>
  call(api.PATCH('/api/v1/institutions/{inst}/channels/{id}', { params: one(id, inst), body }))
export const removeChannel = (id: string, inst?: string) => call(api.DELETE('/api/v1/institutions/{inst}/channels/{id}', { params: one(id, inst) }))
export const testChannel = (id: string, to: string, inst?: string) =>
  call(api.POST('/api/v1/institutions/{inst}/channels/{id}/test', { params: one(id, inst), body: to ? { to } : {} }))
/** Try now what waits for the channel. */
export const retryChannel = (id: string, inst?: string) => call(api.POST('/api/v1/institutions/{inst}/channels/{id}/again', { params: one(id, inst) }))
export const tryAgain = (id: string, inst?: string) => call(api.POST('/api/v1/institutions/{inst}/deliveries/{id}/again', { params: one(id, inst) }))

const OF_ACCOUNTS = new Set<News>(['addressed', 'answered', 'offered', 'taken', 'tied', 'read', 'emergency', 'guessed', 'tried'])

/** Where one leads that is about another institution. */
function placeAcross(n: Notice) {
  switch (n.news) {
    case 'addressed':
      return n.count === 1 && n.institution && n.subject ? { name: 'addressed-one', params: { client: n.institution.id, id: n.subject.id ?? '' } } : { name: 'addressed' }
    case 'answered':
    case 'offered':
      return { name: 'waiting' }
    case 'tied':
      return { name: n.subject ? 'partners' : 'ties' }
    case 'read':
      return { name: 'readings' }
    case 'taken':
      return n.count > 1 ? { name: 'ties' } : undefined
    default:
      return n.institution ? { name: 'waiting' } : undefined
  }
}

/** Where a notice leads. */
export function placeOf(n: Notice) {
  const across = placeAcross(n)
  if (across) return across
  if (OF_ACCOUNTS.has(n.news)) return { name: n.detail === signed.value?.account?.id ? 'account' : 'accounts' }
  if (n.count > 1) return { name: n.news === 'waits' || n.news === 'named' ? 'operating' : n.news === 'due' || n.news === 'overdue' ? 'operating-calendar' : 'standard' }
  if (n.requirement && n.subject) return { name: 'verdict', params: { requirement: n.requirement, subject: n.subject.id ?? '' } }
  if (n.subject) return { name: 'record', params: { kind: n.subject.kind, id: n.subject.id ?? '' } }
  return { name: n.news === 'job' ? 'import' : 'inbox' }
}
