// SPDX-License-Identifier: Apache-2.0
// The API's client, generated from its document. Every failure arrives as an ApiError in both languages.
import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from '@/generated/api'
import { session } from '@/lib/session'
import { refusals, signed } from '@/lib/signed'
import type { Text } from '@/lib/i18n'

export type Schemas = components['schemas']

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0: the server was not reached */
    readonly status: number,
    readonly code: string,
    readonly texts: Text,
    /** the parameter or field that is wrong: "fields.code" */
    readonly field: string | undefined,
    readonly requestId: string | undefined,
    /** of a refused transition: what is missing */
    readonly misses: Schemas['Miss'][] | undefined,
    /** of a stale change: the fields that changed meanwhile */
    readonly changed: string[] | undefined,
    /** of an import: row by row */
    readonly problems: Schemas['ImportProblem'][] | undefined,
    /** of a refusal for now: seconds until it may be tried again */
    readonly wait?: number,
  ) {
    super(texts[session.lang] ?? texts.en ?? code)
  }
}

const unreachable: Text = {
  zh: '连不上服务器。网络恢复后再试；已填写的内容还在页面上。',
  en: 'The server cannot be reached. Try again when the network is back; what you entered is still on the page.',
}

const INSTALLATION = /\/institutions\/installation\/(inbox|channels|deliveries)\b/

const acting: Middleware = {
  onRequest({ request }) {
    // At the installation's own inbox and channels one is its operator, whoever acts elsewhere.
    if (session.person && !INSTALLATION.test(request.url)) request.headers.set('Yunjian-Person', session.person)
    request.headers.set('Accept-Language', session.lang)
    return request
  },
}

const READS = /^(GET|HEAD|OPTIONS)$/
const CSRF = 'Yunjian-CSRF'

/** Sends along what proves that a change comes from this page. */
function withProof(request: Request): Request {
  const csrf = signed.value?.csrf
  if (csrf && !READS.test(request.method)) request.headers.set(CSRF, csrf)
  return request
}
async function refusal(response: Response): Promise<Partial<Schemas['Error']['error']>> {
  const body = (await response.clone().json().catch(() => undefined)) as Partial<Schemas['Error']> | undefined
  return body?.error ?? {}
}

/** Who reads another institution changes nothing there: said before it is asked. */
const reading: Text = {
  zh: '您正在以检查人员身份查阅另一机构，不能修改它的记录。',
  en: 'You are reading another institution as an inspector: nothing of it can be changed.',
}

/** Every request of the client goes through here. What is refused until the person has proved who it is, or because
 * another tab has the newer value to send along, is repeated once. */
async function send(request: Request): Promise<Response> {
  if (session.visit && !READS.test(request.method) && new URL(request.url).pathname.startsWith(`/api/v1/institutions/${session.inst}/`))
    throw new ApiError(403, 'forbidden', reading, undefined, undefined, undefined, undefined, undefined)
  const again = READS.test(request.method) ? undefined : request.clone()
  const response = await fetch(withProof(request))
  if (response.status === 401) refusals.unknown()
  if (response.status !== 403 || !again) return response
  const { code, field } = await refusal(response)
  const repeat = code === 'prove_again' ? await refusals.prove() : field === CSRF.toLowerCase() ? await refusals.renew() : false
  return repeat ? fetch(withProof(again)) : response
}

export const api = createClient<paths>({ baseUrl: '', fetch: send })
api.use(acting)

/** Headers of who acts, for a request that is made with headers of its own. */
export function actingHeaders(): Record<string, string> {
  return session.person ? { 'Yunjian-Person': session.person } : {}
}

/** A request made without the client: pieces of uploads, and what is no JSON. It throws if the server is not reached, or
 * what `signal` says if that ended it. */
export async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  const go = async (): Promise<Response> => {
    try {
      return await fetch(withProof(new Request(path, { ...init, headers: { ...actingHeaders(), ...(init.headers as Record<string, string> | undefined) } })))
    } catch (e) {
      if (init.signal?.aborted) throw e
      throw unreached()
    }
  }
  const response = await go()
  if (response.status === 401) refusals.unknown()
  if (response.status !== 403 || READS.test(init.method ?? 'GET')) return response
  return (await refusal(response)).field === CSRF.toLowerCase() && (await refusals.renew()) ? go() : response
}

/** In how many seconds it may be tried again, if the server said so. */
function waitOf(headers: Headers): number | undefined {
  const n = Number(headers.get('Retry-After') ?? '')
  return Number.isFinite(n) && n > 0 ? Math.ceil(n) : undefined
}

export function errorOf(status: number, body: unknown, headers?: Headers): ApiError {
  const e = (body as Partial<Schemas['Error']> | undefined)?.error
  if (!e) {
    const said: Text = { zh: `服务器答复 ${status}`, en: `The server answered ${status}` }
    return new ApiError(status, 'http_' + status, said, undefined, undefined, undefined, undefined, undefined)
  }
  return new ApiError(status, e.code, e.messages, e.field, e.request_id, e.misses, e.changed, e.problems, headers && waitOf(headers))
}

export function unreached(): ApiError {
  return new ApiError(0, 'unreachable', unreachable, undefined, undefined, undefined, undefined, undefined)
}

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of an answer, or an ApiError thrown. */
export async function call<T>(pending: Promise<Outcome<T>>): Promise<T> {
  const outcome = await answer(pending)
  return outcome.data as T
}

/** The same with the response, for its headers. */
export async function answer<T>(pending: Promise<Outcome<T>>): Promise<Outcome<T>> {
  let outcome: Outcome<T>
  try {
    outcome = await pending
  } catch (e) {
    if (e instanceof ApiError || (e instanceof DOMException && e.name === 'AbortError')) throw e
    throw unreached()
  }
  if (!outcome.response.ok) throw errorOf(outcome.response.status, outcome.error, outcome.response.headers)
  return outcome
}
