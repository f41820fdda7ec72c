// SPDX-License-Identifier: Apache-2.0
import { texts } from './texts'

export const place = texts(
  {
    nowhere: '没有这个页面',
    nowhere_text: '地址可能写错了，或这个页面已经移走。',
    welcome: '欢迎使用云鉴',
    welcome_text: '先登记本机构。机构有自己的账簿，以后的每一次登记都记在其中。',
    open: '建立机构',
    registers: '本阶段的登记',
    open_points: '本阶段的问题',
    no_open_points: '本阶段没有未达标或未定的要求。',
    stage_hint: '本阶段要求的结论、登记和待办。',
    start: '从这里开始',
    start_text: '按这个顺序登记，后面的结论才有依据。',
    start_done: '已登记',
    start_next: '现在做这一步',
    start_requirements: '{n} 项要求由此判定',
  },
  {
    nowhere: 'There is no such page',
    nowhere_text: 'The address may be mistyped, or the page has moved.',
    welcome: 'Welcome to Yunjian',
    welcome_text: 'Enter your institution first. It has a ledger of its own, in which everything entered later is recorded.',
    open: 'Open the institution',
    registers: 'Registers of this stage',
    open_points: 'Open points of this stage',
    no_open_points: 'Nothing of this stage is unmet or undecided.',
    stage_hint: 'Verdicts, registers and what is to be done in this stage.',
    start: 'Start here',
    start_text: 'Entered in this order, what follows has something to stand on.',
    start_done: 'Entered',
    start_next: 'Do this now',
    start_requirements: '{n} requirements are judged by it',
  },
)
