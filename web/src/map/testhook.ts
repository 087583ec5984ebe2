// What tests may look at: the renderer's name and the pixels of one layer of the map, read back from the GPU.
import type { Map as GlMap } from 'maplibre-gl';
import { con } from '../lib/console.svelte';
import { planner } from '../lib/planner.svelte';

export interface LayerPixels {
  width: number;
  height: number;
  /** Share of pixels where the layer drew anything. */
  covered: number;
  /** Different colours among them, at 4 bits a channel. */
  colours: number;
  /** Standard deviation of their luminance, 0 to 255. */
  deviation: number;
}

/** A growing map may never be complete: after so long the frame is read as it is. */
const WAIT_MS = 8000;

function measure(pixels: Uint8Array, width: number, height: number): LayerPixels {
  const colours = new Set<number>();
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3]! < 8) continue;
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    n += 1;
    sum += y;
    squares += y * y;
    colours.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
  }
  const mean = n > 0 ? sum / n : 0;
  return { width, height, covered: n / (width * height || 1), colours: colours.size, deviation: n > 0 ? Math.sqrt(Math.max(0, squares / n - mean * mean)) : 0 };
}

/** Shows one layer alone, reads the frame back, and puts everything as it was. */
async function layerPixels(map: GlMap, layer: string): Promise<LayerPixels> {
  const target = map.getLayer(layer);
  if (!target) throw new Error(`no layer named ${layer}`);
  const hidden = map.getStyle().layers.filter((l) => l.id !== layer && l.layout?.visibility !== 'none').map((l) => l.id);
  const opacity = map.getPaintProperty(layer, 'raster-opacity');
  if (target.visibility === 'none') throw new Error(`layer ${layer} is not shown`);
  for (const id of hidden) map.setLayoutProperty(id, 'visibility', 'none');
  if (target.type === 'raster') map.setPaintProperty(layer, 'raster-opacity', 1);
  try {
    return await new Promise<LayerPixels>((resolve, reject) => {
      const from = performance.now();
      let frames = 0;
      const look = () => {
        frames += 1;
        const source = target.source;
        const waiting = source && !map.isSourceLoaded(source) && performance.now() - from < WAIT_MS;
        if (frames < 2 || waiting) {
          map.triggerRepaint();
          return;
        }
        map.off('render', look);
        const gl = map.getCanvas().getContext('webgl2');
        if (!gl) return reject(new Error('no WebGL'));
        const { drawingBufferWidth: w, drawingBufferHeight: h } = gl;
        const pixels = new Uint8Array(w * h * 4);
        gl.bindFramebuffer(gl.FRAMEBUFFER, null);
        gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        resolve(measure(pixels, w, h));
      };
      map.on('render', look);
      map.triggerRepaint();
    });
  } finally {
    for (const id of hidden) map.setLayoutProperty(id, 'visibility', 'visible');
    if (target.type === 'raster') map.setPaintProperty(layer, 'raster-opacity', opacity as number);
  }
}

function renderer(map: GlMap): string {
  const gl = map.getCanvas().getContext('webgl2');
  if (!gl) return '';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

export function installHook(map: GlMap, ready: () => boolean): void {
  Object.assign(window, {
    __whimbrel: {
      map,
      ready,
      renderer: () => renderer(map),
      layerPixels: (layer: string) => layerPixels(map, layer),
      world: () => con.world,
      plan: () => planner.plan,
      refusal: () => planner.refusal,
      project: (lon: number, lat: number) => {
        const p = map.project([lon, lat]);
        return { x: p.x, y: p.y };
      },
    },
  });
}
