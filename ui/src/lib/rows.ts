// SPDX-License-Identifier: Apache-2.0
// Which rows of a long list are in view: only those are drawn. Rows are of one height.
import { computed, onBeforeUnmount, onMounted, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/** @param box the element that scrolls */
export function useRowsInView(box: Ref<HTMLElement | undefined>, count: MaybeRefOrGetter<number>, rowHeight: number, spare = 10) {
  const top = ref(0)
  const seen = ref(600)
  const first = computed(() => Math.max(0, Math.min(toValue(count), Math.floor(top.value / rowHeight)) - spare))
  const last = computed(() => Math.min(toValue(count), Math.ceil((top.value + seen.value) / rowHeight) + spare))
  function scrolled(): void {
    if (!box.value) return
    top.value = box.value.scrollTop
    seen.value = box.value.clientHeight || seen.value
  }
  function toTop(): void {
    top.value = 0
    if (box.value) box.value.scrollTop = 0
  }
  /** Bring a row into view. */
  function show(row: number): void {
    const b = box.value
    if (!b) return
    const at = row * rowHeight
    if (at < b.scrollTop || at + 2 * rowHeight > b.scrollTop + b.clientHeight) b.scrollTop = Math.max(0, at - b.clientHeight / 3)
    scrolled()
  }
  let sizes: ResizeObserver | undefined
  onMounted(() => {
    sizes = new ResizeObserver(scrolled)
    if (box.value) sizes.observe(box.value)
  })
  watch(box, (b, before) => {
    if (before) sizes?.unobserve(before)
    if (b) sizes?.observe(b)
  })
  onBeforeUnmount(() => sizes?.disconnect())
  const before = computed(() => first.value * rowHeight)
  const after = computed(() => Math.max(0, toValue(count) - last.value) * rowHeight)
  return { first, last, before, after, scrolled, toTop, show }
}
