// SPDX-License-Identifier: Apache-2.0
const MAX = 2000

/** Where to go after signing in, as an address may ask for it: a place of this page or its beginning, never another
 * site. One '/' first, no second, no '\' (which browsers take for one), nothing that they leave out when they read it,
 * and not the places where one signs in. */
export function localPath(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > MAX) return '/'
  if (!/^\/(?![/\\])/.test(asked) || /[\\\p{Cc}]/u.test(asked)) return '/'
  return /^\/(sign-in|set-up)([/?#]|$)/.test(asked) ? '/' : asked
}
