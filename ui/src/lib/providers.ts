// SPDX-License-Identifier: Apache-2.0
// Providers of sign-in, as the operator sets them up, and what is linked with them.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { operator } from '@/lib/signed'

export type Provider = Schemas['Providers']['items'][number]
export type ProviderKind = Provider['kind']
export type Check = Schemas['ProviderCheck']
export type OwnIdentity = Schemas['OwnIdentities']['items'][number]

export function useProviders() {
  return useQuery({
    queryKey: ['providers'],
    queryFn: async () => (await call(api.GET('/api/v1/providers'))).items,
    enabled: computed(() => !!operator.value),
    staleTime: 0, // not in the ledger: no feed tells of them
  })
}
/** Those that people may use. */
export function useWaysIn() {
  return useQuery({ queryKey: ['account', 'ways'], queryFn: async () => (await call(api.GET('/api/v1/sign-in/providers'))).items, staleTime: 0 })
}

/** The form of a provider: every setting as it is typed. */
export interface ProviderForm {
  label: string
  kind: ProviderKind
  secret: string
  issuer: string
  client_id: string
  client_auth: string
  scopes: string
  acr: string
  urls: string
  starttls: boolean
  service: boolean
  bind_dn: string
  bind_template: string
  base: string
  filter: string
  id_attribute: string
  name_attribute: string
  mail_attribute: string
  group: string
  second_factor: string
}

export function formOf(p: Provider | null): ProviderForm {
  const s = (p?.settings ?? {}) as Record<string, unknown>
  const text = (name: string) => (typeof s[name] === 'string' ? s[name] : '')
  const list = (name: string, between: string) => (Array.isArray(s[name]) ? (s[name] as string[]).join(between) : '')
  return {
    label: p?.label ?? '',
    kind: p?.kind ?? 'oidc',
    secret: '',
    issuer: text('issuer'),
    client_id: text('client_id'),
    client_auth: text('client_auth') || 'basic',
    scopes: text('scopes') || 'openid profile email',
    acr: list('acr', ' '),
    urls: list('urls', '\n'),
    starttls: s.starttls === true,
    service: !text('bind_template'),
    bind_dn: text('bind_dn'),
    bind_template: text('bind_template'),
    base: text('base'),
    filter: text('filter') || (p ? '' : '(uid={name})'),
    id_attribute: text('id_attribute'),
    name_attribute: text('name_attribute'),
    mail_attribute: text('mail_attribute'),
    group: text('group'),
    second_factor: text('second_factor') || 'here',
  }
}

/** Settings as they are kept: what is empty has the default. What the form does not know stays as it was. */
export function settingsOf(f: ProviderForm, before: Provider | null): Record<string, unknown> {
  const words = (s: string, between: RegExp) => s.split(between).map((w) => w.trim()).filter(Boolean)
  const put = (name: keyof ProviderForm) => (String(f[name]).trim() ? { [name]: String(f[name]).trim() } : {})
  const second = f.second_factor === 'provider' ? { second_factor: 'provider' } : {}
  if (f.kind === 'oidc') {
    const acr = words(f.acr, /\s+/)
    return { ...put('issuer'), ...put('client_id'), ...(f.client_auth === 'post' ? { client_auth: 'post' } : {}), ...put('scopes'), ...(acr.length ? { acr } : {}), ...second }
  }
  const group = (before?.settings as Record<string, unknown> | undefined)?.group_attribute
  return {
    urls: words(f.urls, /\s+/),
    ...(f.starttls ? { starttls: true } : {}),
    ...(f.service ? put('bind_dn') : put('bind_template')),
    ...put('base'),
    ...put('filter'),
    ...put('id_attribute'),
    ...put('name_attribute'),
    ...put('mail_attribute'),
    ...put('group'),
    ...(f.group.trim() && typeof group === 'string' ? { group_attribute: group } : {}),
    ...second,
  }
}

/** Where it is, for a list. */
export function whereOf(p: Provider): string {
  const s = p.settings as { issuer?: string; urls?: string[] }
  return p.kind === 'oidc' ? (s.issuer ?? '') : (s.urls ?? []).join(' ')
}
export const redirectAddress = () => `${location.origin}/api/v1/sign-in/oidc/return`

export async function saveProvider(p: Provider | null, f: ProviderForm): Promise<void> {
  const secret = f.secret ? { secret: f.secret } : {}
  const settings = settingsOf(f, p) as Record<string, never> // an object of any kind, says the document
  if (p) await call(api.PATCH('/api/v1/providers/{provider}', { params: { path: { provider: p.id } }, body: { label: f.label.trim(), settings, ...secret } }))
  else await call(api.POST('/api/v1/providers', { body: { kind: f.kind, label: f.label.trim(), settings, ...secret } }))
}
export async function setEnabled(p: Provider, enabled: boolean): Promise<void> {
  await call(api.PATCH('/api/v1/providers/{provider}', { params: { path: { provider: p.id } }, body: { enabled } }))
}
export async function removeProvider(p: Provider): Promise<void> {
  await call(api.DELETE('/api/v1/providers/{provider}', { params: { path: { provider: p.id } } }))
}
export async function checkProvider(p: Provider): Promise<Check> {
  return call(api.POST('/api/v1/providers/{provider}/check', { params: { path: { provider: p.id } } }))
}
