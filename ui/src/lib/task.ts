// SPDX-License-Identifier: Apache-2.0
import { ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'

/** Something that is done at a press of a button: under way, refused (and why), once at a time. What a person did not go on
 * with, because he was asked once more who he is, is no error. */
export function useTask() {
  const busy = ref(false)
  const error = shallowRef<unknown>(null)
  async function run(what: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await what()
      return true
    } catch (e) {
      if (!(e instanceof ApiError && e.code === 'prove_again')) error.value = e
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}
