// SPDX-License-Identifier: Apache-2.0
import { texts } from './texts'

export const work = texts(
  {
    no_day: '没有写明期限',
    enter: '登记{what}',
    stale: '您打开之后，别人保存了新的一版。您填的内容保留在最新版之上，核对后再保存。',
    refused: '还不能办理：有 {n} 项要求未满足',
    why: '查看依据',
    whole: '完整记录与历史',
    open_only: '待办理',
    done_too: '含已办结',
    nothing_open: '没有待办理的{kind}。',
    all_of: '全部{kind}',
    first_of: '只列出前 {n} 项，共 {total} 项。',
  },
  {
    no_day: 'No day given',
    enter: 'Enter: {what}',
    stale: 'Somebody saved a newer version after you opened this. What you entered is kept on top of it; check it and save.',
    refused: 'Not yet: {n} requirement is not met | Not yet: {n} requirements are not met',
    why: 'See why',
    whole: 'Whole record and history',
    open_only: 'To be done',
    done_too: 'Finished ones too',
    nothing_open: 'Nothing to be done: {kind}.',
    all_of: 'All: {kind}',
    first_of: 'Only the first {n} of {total} are listed.',
  },
)
