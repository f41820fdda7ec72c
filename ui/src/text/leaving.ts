// SPDX-License-Identifier: Apache-2.0
import { texts } from './texts'

export const leaving = texts(
  {
    hint: '一次退出从决定到最后一个字节清除，一步一步走完。',
  },
  {
    hint: 'An exit, step by step, from the decision to the last byte erased.',
  },
)
