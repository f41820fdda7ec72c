// SPDX-License-Identifier: Apache-2.0
// What the acting person has been told, how it is told, and the ways out. Not in the ledger: the feed tells of an inbox
// by an event of its own (lib/feed.ts).
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type Notice = Schemas['Notice']
export type Preference = Schemas['Preference']
export type Channel = Schemas['Channel']
export type ChannelWanted = Schemas['ChannelWanted']
export type Delivery = Schemas['Deliveries']['items'][number]
export type News = Notice['news']
export type Show = 'open' | 'unread' | 'done' | 'all'
export type Mark = Schemas['InboxMarks']['mark']

export const NEWS: News[] = ['overdue', 'due', 'worse', 'better', 'waits', 'named', 'job']
/** What a group can be told. */
export const GROUP_NEWS: News[] = ['overdue', 'due', 'worse', 'better']
export const WAYS: Channel['kind'][] = ['mail', 'wecom', 'dingtalk', 'feishu', 'webhook']

const key = (...more: unknown[]) => ['inst', session.inst, 'inbox', session.person, ...more]
const path = () => ({ path: { inst: session.inst } })
const ready = computed(() => session.inst !== '')

export function useInboxCounts() {
  return useQuery({
    queryKey: computed(() => key('counts')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/inbox/counts', { params: path() })),
    enabled: ready,
  })
}

export function readInbox(show: Show, news: News | '', before?: string) {
  return call(
    api.GET('/api/v1/institutions/{inst}/inbox', {
      params: { ...path(), query: { show, limit: 50, ...(news ? { news } : {}), ...(before ? { before } : {}) } },
    }),
  )
}

export function useInbox(show: MaybeRefOrGetter<Show>, news: MaybeRefOrGetter<News | ''>) {
  return useQuery({
    queryKey: computed(() => key('list', session.lang, toValue(show), toValue(news))),
    queryFn: () => readInbox(toValue(show), toValue(news)),
    enabled: ready,
  })
}

export function usePreference() {
  return useQuery({
    queryKey: computed(() => key('preference')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/inbox/preferences', { params: path() })),
    enabled: ready,
  })
}

export function useChannels(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => key('channels')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/channels', { params: path() })),
    enabled: computed(() => ready.value && toValue(enabled)),
  })
}

export function useDeliveries(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => key('deliveries')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/deliveries', { params: { ...path(), query: { limit: 20 } } })),
    enabled: computed(() => ready.value && toValue(enabled)),
  })
}

/** After something was changed here: all of it is read again. */
export function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['inst', session.inst, 'inbox'] })
}

/** @param ids none: all */
export const mark = (what: Mark, ids?: string[]) =>
  call(api.POST('/api/v1/institutions/{inst}/inbox/marks', { params: path(), body: { mark: what, ...(ids ? { ids } : {}) } }))
export const keepPreference = (body: Schemas['PreferenceWanted']) =>
  call(api.PUT('/api/v1/institutions/{inst}/inbox/preferences', { params: path(), body }))
export const addChannel = (body: ChannelWanted) => call(api.POST('/api/v1/institutions/{inst}/channels', { params: path(), body }))
const one = (id: string) => ({ path: { inst: session.inst, id } })
export const changeChannel = (id: string, body: ChannelWanted) =>
  call(api.PATCH('/api/v1/institutions/{inst}/channels/{id}', { params: one(id), body }))
export const removeChannel = (id: string) => call(api.DELETE('/api/v1/institutions/{inst}/channels/{id}', { params: one(id) }))
export const testChannel = (id: string, to: string) =>
  call(api.POST('/api/v1/institutions/{inst}/channels/{id}/test', { params: one(id), body: to ? { to } : {} }))
export const tryAgain = (id: string) => call(api.POST('/api/v1/institutions/{inst}/deliveries/{id}/again', { params: one(id) }))

/** Where a notice leads. */
export function placeOf(n: Notice) {
  if (n.count > 1) return { name: n.news === 'waits' || n.news === 'named' ? 'operating' : n.news === 'due' || n.news === 'overdue' ? 'operating-calendar' : 'standard' }
  if (n.requirement && n.subject) return { name: 'verdict', params: { requirement: n.requirement, subject: n.subject.id ?? '' } }
  if (n.subject) return { name: 'record', params: { kind: n.subject.kind, id: n.subject.id ?? '' } }
  return { name: n.news === 'job' ? 'import' : 'inbox' }
}
