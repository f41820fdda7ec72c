// SPDX-License-Identifier: Apache-2.0
// Lines over days, drawn by ECharts; loaded only where one is shown.
import { LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ComposeOption, type ECharts } from 'echarts/core'
import type { LineSeriesOption } from 'echarts/charts'
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components'
import { CanvasRenderer } from 'echarts/renderers'

use([LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer])

export interface Line {
  name: string
  color: string
  values: number[]
}
type Option = ComposeOption<LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption>

export function makeChart(box: HTMLElement, picked: (day: number) => void): { draw(days: string[], lines: Line[]): void; resize(): void; end(): void } {
  const chart: ECharts = init(box)
  const font = getComputedStyle(box).fontFamily
  chart.getZr().on('click', (e) => {
    const at = chart.convertFromPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY])
    if (Array.isArray(at) && chart.containPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY])) picked(Math.round(at[0]!))
  })
  return {
    draw(days, lines) {
      const option: Option = {
        animation: false,
        textStyle: { fontFamily: font },
        grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: '#33404f' } },
        tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
        xAxis: { type: 'category', data: days, boundaryGap: false, axisLabel: { color: '#566373' }, axisLine: { lineStyle: { color: '#c9d1db' } } },
        yAxis: { type: 'value', minInterval: 1, axisLabel: { color: '#566373' }, splitLine: { lineStyle: { color: '#edf0f4' } } },
        series: lines.map((l) => ({
          type: 'line' as const, name: l.name, data: l.values, color: l.color, symbolSize: 6, lineStyle: { width: 2 },
        })),
      }
      chart.setOption(option, true)
    },
    resize: () => chart.resize(),
    end: () => chart.dispose(),
  }
}
