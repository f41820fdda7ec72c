// SPDX-License-Identifier: Apache-2.0
// A spreadsheet to be filled in for a kind: heads in the language shown, choices to pick from, a guide.
import type { Kind, KindField } from '@/lib/catalog'
import { say, t } from '@/lib/i18n'
import { save } from '@/lib/save'
import { columnName, writeXlsx } from '@/lib/sheet'

function formOf(f: KindField, kinds: Map<string, Kind>): string {
  const what =
    f.type === 'ref'
      ? t('import.form.ref', { kind: say(kinds.get(f.to ?? '')?.label, f.to ?? '') })
      : f.type === 'date' || f.type === 'integer' || f.type === 'decimal' || f.type === 'bool'
        ? t('import.form.' + (f.clock ? 'clock' : f.type))
        : f.type === 'choice'
          ? ''
          : t('import.form.text')
  return [what, f.list ? t('import.form.list') : ''].filter(Boolean).join('; ')
}

export function saveTemplate(kind: Kind, kinds: Map<string, Kind>): void {
  const label = (f: KindField) => say(f.label, f.name)
  // Two fields may have one label: then the name tells them apart.
  const seen = new Map<string, number>()
  for (const f of kind.fields) seen.set(label(f), (seen.get(label(f)) ?? 0) + 1)
  const heads = kind.fields.map((f) => (seen.get(label(f)) === 1 ? label(f) : f.name))
  const withChoices = kind.fields.filter((f) => f.options?.length)
  const longest = Math.max(0, ...withChoices.map((f) => f.options!.length))
  const h = (x: string) => t('import.template_head.' + x)
  const choices = new Map<number, string>()
  withChoices.forEach((f, i) => {
    const c = columnName(i)
    // A list cell takes several values, which a spreadsheet's own choice would refuse.
    if (!f.list) choices.set(kind.fields.indexOf(f), `'${t('import.template_choices')}'!$${c}$2:$${c}$${f.options!.length + 1}`)
  })
  const bytes = writeXlsx([
    { name: say(kind.label, kind.kind).replace(/[\\/?*[\]:]/g, ' ').slice(0, 31), rows: [heads], widths: heads.map((x) => Math.min(40, 8 + 2 * x.length)), choices },
    {
      name: t('import.template_guide'),
      rows: [
        [h('field'), h('required'), h('form'), h('help'), h('choices')],
        ...kind.fields.map((f, i) => [heads[i]!, f.required ? t('yes') : '', formOf(f, kinds), say(f.help), (f.options ?? []).map((o) => say(o.label, o.id)).join(' / ')]),
      ],
      widths: [28, 8, 30, 60, 60],
    },
    ...(withChoices.length
      ? [
          {
            name: t('import.template_choices'),
            rows: [withChoices.map(label), ...Array.from({ length: longest }, (_, r) => withChoices.map((f) => say(f.options![r]?.label, f.options![r]?.id ?? '')))],
          },
        ]
      : []),
  ])
  save(`${say(kind.label, kind.kind)}.xlsx`, bytes as BlobPart, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
}
