// SPDX-License-Identifier: Apache-2.0
// What a browser says it is, shortened to what a person would call it. For reading only: anybody can say anything.
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger\//, 'WeChat'], [/Edg(e|A|iOS)?\//, 'Edge'], [/OPR\//, 'Opera'], [/QQBrowser\//, 'QQ Browser'],
  [/Firefox\/|FxiOS\//, 'Firefox'], [/(Headless)?Chrome\/|CriOS\//, 'Chrome'], [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/OpenHarmony|HarmonyOS/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'],
  [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
]
const MAX = 60

export function deviceOf(agent: string): string {
  const named = [BROWSERS, SYSTEMS].map((list) => list.find(([is]) => is.test(agent))?.[1]).filter(Boolean)
  return named.join(' · ') || agent.slice(0, MAX)
}
