// SPDX-License-Identifier: Apache-2.0
// The page's own texts. Each area has a file that gives them in Chinese and English side by side; the compiler
// refuses one that is missing in either.

export interface Tree {
  [key: string]: string | Tree
}
type Same<T extends Tree> = { [K in keyof T]: T[K] extends Tree ? Same<T[K]> : string }

export function texts<const T extends Tree>(zh: T, en: Same<T>): { zh: T; en: Same<T> } {
  return { zh, en }
}
