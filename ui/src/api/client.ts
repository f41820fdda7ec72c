// SPDX-License-Identifier: Apache-2.0
// The API's client, generated from its document. Every failure arrives as an ApiError in both languages.
import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from '@/generated/api'
import { session } from '@/lib/session'
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
  ) {
    super(texts[session.lang] ?? texts.en ?? code)
  }
}

const unreachable: Text = {
  zh: '连不上服务器。网络恢复后再试；已填写的内容还在页面上。',
  en: 'The server cannot be reached. Try again when the network is back; what you entered is still on the page.',
}

const acting: Middleware = {
  onRequest({ request }) {
    if (session.person) request.headers.set('Yunjian-Person', session.person)
    request.headers.set('Accept-Language', session.lang)
    return request
  },
}

export const api = createClient<paths>({ baseUrl: '' })
api.use(acting)

/** Headers for requests made without the client (uploads). */
export function actingHeaders(): Record<string, string> {
  return session.person ? { 'Yunjian-Person': session.person } : {}
}

export function errorOf(status: number, body: unknown): ApiError {
  const e = (body as Partial<Schemas['Error']> | undefined)?.error
  if (!e) {
    const said: Text = { zh: `服务器答复 ${status}`, en: `The server answered ${status}` }
    return new ApiError(status, 'http_' + status, said, undefined, undefined, undefined, undefined, undefined)
  }
  return new ApiError(status, e.code, e.messages, e.field, e.request_id, e.misses, e.changed, e.problems)
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
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw unreached()
  }
  if (!outcome.response.ok) throw errorOf(outcome.response.status, outcome.error)
  return outcome
}
