// SPDX-License-Identifier: Apache-2.0
// Some fields of one record, edited in place on a page made by hand. What others changed meanwhile is taken in where
// it touches other fields; where both changed the same field, the person chooses.
import { ElMessage } from 'element-plus'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { ApiError } from '@/api/client'
import { t } from '@/lib/i18n'
import { changeRecord, fetchRecord, useRecord, useRefresh, type Fields, type RecordRead } from '@/lib/queries'

export interface Clash {
  newest: RecordRead
  /** fields that both changed to different values */
  fields: string[]
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

export function useDraft(kind: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>, names: MaybeRefOrGetter<string[]>) {
  const read = useRecord(kind, id)
  const refresh = useRefresh()
  const base = ref<RecordRead>()
  const fields = ref<Fields>({})
  const busy = ref(false)
  const error = ref<unknown>(null)
  const clash = ref<Clash | null>(null)

  const changes = computed<Fields>(() => {
    const out: Fields = {}
    for (const name of toValue(names)) {
      const mine = fields.value[name] ?? null
      if (base.value && !same(mine, base.value.record.fields[name])) out[name] = mine
    }
    return out
  })
  const dirty = computed(() => Object.keys(changes.value).length > 0)

  function take(r: RecordRead): void {
    base.value = r
    fields.value = Object.fromEntries(toValue(names).map((name) => [name, r.record.fields[name] ?? null]))
  }
  watch(
    () => toValue(id),
    () => {
      base.value = undefined
      fields.value = {}
      error.value = null
      clash.value = null
    },
  )
  watch(
    () => read.data.value,
    (r) => {
      if (r && r.record.id && (!base.value || (!dirty.value && !clash.value))) take(r)
    },
    { immediate: true },
  )

  /** Sends what changed; true when it was saved. */
  async function save(): Promise<boolean> {
    if (!base.value || busy.value) return false
    if (!dirty.value) {
      ElMessage.info(t('record.unchanged'))
      return true
    }
    busy.value = true
    error.value = null
    try {
      for (let turn = 0; ; turn++) {
        const sent = changes.value
        try {
          await changeRecord(toValue(kind), toValue(id), sent, base.value.etag)
          break
        } catch (e) {
          if (!(e instanceof ApiError) || e.status !== 412 || turn > 3) throw e
          const newest = await fetchRecord(toValue(kind), toValue(id))
          const both = Object.keys(sent).filter(
            (f) => !same(newest.record.fields[f], base.value!.record.fields[f]) && !same(newest.record.fields[f], sent[f]),
          )
          if (both.length) {
            clash.value = { newest, fields: both }
            return false
          }
          const mine = { ...fields.value }
          take(newest)
          fields.value = { ...fields.value, ...Object.fromEntries(Object.keys(sent).map((f) => [f, mine[f]])) }
        }
      }
      base.value = await fetchRecord(toValue(kind), toValue(id))
      take(base.value)
      ElMessage.success(t('saved'))
      await refresh()
      return true
    } catch (e) {
      error.value = e
      return false
    } finally {
      busy.value = false
    }
  }

  /** Of a clash: keep one's own values, or take those of the others. */
  async function settle(keep: 'mine' | 'theirs'): Promise<void> {
    const c = clash.value
    if (!c) return
    const mine = { ...changes.value }
    clash.value = null
    take(c.newest)
    for (const [name, value] of Object.entries(mine))
      if (keep === 'mine' || !c.fields.includes(name)) fields.value = { ...fields.value, [name]: value }
    if (dirty.value) await save()
  }

  /** Takes back what was not saved. */
  function undo(): void {
    if (base.value) take(base.value)
    error.value = null
    clash.value = null
  }
  function set(name: string, value: unknown): void {
    fields.value = { ...fields.value, [name]: value }
  }
  return { read, base, record: computed(() => base.value?.record), fields, set, undo, changes, dirty, busy, error, clash, save, settle }
}

/** Today by the server's clock; the browser's is never asked. */
export function dayOf(asOf: string | undefined): string {
  return asOf ? asOf.slice(0, 10) : ''
}
