import { BarChart, HeatmapChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, watch, type Ref, type ShallowRef } from 'vue'

import { useTheme } from '../composables/useTheme'

use([AriaComponent, BarChart, CanvasRenderer, GridComponent, HeatmapChart, LegendComponent, TooltipComponent, VisualMapComponent])

/** The colours of the page, as they are now. */
export function colours() {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return { text: of('--el-text-color-regular'), line: of('--app-line'), ok: of('--st-ok'), bad: of('--st-bad'), idle: of('--st-idle'), run: of('--st-run'), ground: of('--el-bg-color'), track: of('--app-track') }
}

/** Draws into place, and again when the option, the theme or the width changes. */
export function useChart(place: Readonly<ShallowRef<HTMLElement | null>>, option: Ref<() => EChartsCoreOption>) {
  const { dark } = useTheme()
  onMounted(() => {
    const chart = init(place.value, null, { renderer: 'canvas' })
    const draw = () => chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option.value() }, true)
    const width = new ResizeObserver(() => chart.resize())
    width.observe(place.value!)
    watch([option, dark], draw, { immediate: true, flush: 'post' })
    onBeforeUnmount(() => {
      width.disconnect()
      chart.dispose()
    })
  })
}
