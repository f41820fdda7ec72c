// SPDX-License-Identifier: Apache-2.0
const ASCII = /^[\x00-\x7f]*$/ // eslint-disable-line no-control-regex
const EAST = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/
const NOT_EAST = /[^\x00-\x7f\u2010-\u203b\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/ // eslint-disable-line no-control-regex

/**
 * The text of a file as its writer meant it: UTF-8, or GB18030 as older Chinese programs write. A few Chinese words in
 * GB18030 can be valid UTF-8 by chance; they are then letters of scripts that nobody mixes.
 * @param whole false: the end of the file is not there, so that its last character may be cut
 */
export function decodeText(bytes: Uint8Array, whole = true): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  let utf8 = ''
  try {
    utf8 = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole })
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
  if (ASCII.test(utf8) || EAST.test(utf8) || (bytes[0] === 0xef && bytes[1] === 0xbb)) return utf8
  const gb = new TextDecoder('gb18030').decode(bytes)
  return NOT_EAST.test(gb) ? utf8 : gb
}
