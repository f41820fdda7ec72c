// SPDX-License-Identifier: Apache-2.0
import { ElMessage } from 'element-plus'
import { ApiError } from '@/api/client'

/** Do it; what goes wrong is said. @return whether it went well */
export async function told(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (e) {
    if (!(e instanceof ApiError)) throw e
    ElMessage.error(e.message)
    return false
  }
}
