// SPDX-License-Identifier: Apache-2.0
// What a radar needs of ECharts, and no more; loaded only where one is shown.
import { RadarChart } from 'echarts/charts'
import { LegendComponent, RadarComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ECharts } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([RadarChart, RadarComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export function makeRadar(box: HTMLElement): ECharts {
  return init(box)
}
