// The map itself. Telemetry comes here past the framework: messages mark what changed,
// the next animation frame writes it into the map's sources.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Map as GlMap, setWorkerUrl, type GeoJSONSource, type LngLatBoundsLike, type PaddingOptions, type RasterTileSource } from 'maplibre-gl';
import { api } from '../lib/api';
import type { Background, Bounds, LonLat, Photo, PlanAnswer } from '../lib/contract';
import type { Shape } from '../lib/geometry';
import type { Layers } from '../lib/prefs.svelte';
import type { World } from '../lib/world';
import { addBackground, backgroundLayers, removeBackground, sameBackground } from './backgrounds';
import { chosenFeatures, drawFeatures, flownFeatures, footprintFeatures, photoFeatures, planFeatures } from './features';
import { graticule } from './graticule';
import { addPhotoIcons } from './icons';
import { GROUPS, layers, sources } from './layers';
import { loadOutline } from './outline';
import { PALETTES, type Palette } from './palette';

setWorkerUrl(workerUrl);

/** Tracks and footprints are redrawn at most this often; aircraft move at every frame that has news. */
const SLOW_LAYERS_MS = 500;
/** Where the map is drawn in software, each redraw takes a processor: less often, and without smoothing. */
const SLOW_LAYERS_SOFTWARE_MS = 2000;
const WORLD_VIEW: Bounds = [-25, 30, 45, 66];

export type Theme = 'dark' | 'sunlight';

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** The name of what draws WebGL here; empty where there is none. */
export function rendererName(): string {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return '';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}

export class Chart {
  readonly map: GlMap;
  readonly ready: Promise<void>;
  #theme: Theme;
  #loaded = false;
  #wantProduct = true;
  #later: (() => void)[] = [];
  #seen = { photos: -1, tracks: -1, product: '' };
  #slowAt = 0;
  readonly #period: number;
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #backgrounds: Background[] = [];
  #drawing: [Shape[], LonLat[], LonLat | null, LonLat | null] = [[], [], null, null];
  #drawFrame = 0;
  #chosen: Photo | undefined;

  constructor(container: HTMLElement, theme: Theme, view: Bounds | null, private readonly padding: () => PaddingOptions) {
    this.#theme = theme;
    const software = SOFTWARE.test(rendererName());
    this.#period = software ? SLOW_LAYERS_SOFTWARE_MS : SLOW_LAYERS_MS;
    this.map = new GlMap({
      container,
      style: { version: 8, sources: sources(), layers: layers(PALETTES[theme]) },
      bounds: (view ?? WORLD_VIEW) as LngLatBoundsLike,
      fitBoundsOptions: { padding: padding(), maxZoom: 17 },
      attributionControl: false,
      fadeDuration: 0,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 22,
      localIdeographFontFamily: 'sans-serif',
      canvasContextAttributes: { antialias: !software },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('error', (e) => console.warn('map:', e.error?.message ?? e));
    this.ready = new Promise((resolve) => {
      this.map.once('load', () => {
        this.#loaded = true;
        addPhotoIcons(this.map, this.#palette);
        for (const f of this.#later.splice(0)) f();
        this.#graticule();
        resolve();
      });
    });
    this.map.on('moveend', () => this.#graticule());
    this.map.on('resize', () => this.#graticule());
    void loadOutline()
      .then(({ ground, names }) => this.#when(() => {
        this.#source('outline').setData(ground);
        this.#source('countries').setData(names);
      }))
      .catch((error: unknown) => console.warn('outline:', error));
  }

  get #palette(): Palette {
    return PALETTES[this.#theme];
  }

  /** The style has been loaded and drawn once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  #when(f: () => void): void {
    if (this.#loaded) f();
    else this.#later.push(f);
  }

  #source(id: string): GeoJSONSource {
    return this.map.getSource(id) as GeoJSONSource;
  }

  #graticule(): void {
    if (!this.#loaded) return;
    const b = this.map.getBounds();
    const { left = 0, bottom = 0 } = this.padding();
    const canvas = this.map.getCanvas();
    const corner = this.map.unproject([left + 4, canvas.clientHeight - Math.max(36, bottom)]);
    const view: Bounds = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
    this.#source('graticule').setData(graticule(view, canvas.clientWidth, 190, { lon: corner.lng, lat: corner.lat }));
  }

  /** Called for each message: cheap, and never more than the slow period for the big sources. */
  sync(world: World): void {
    const due = this.#slowAt + this.#period - performance.now();
    if (due > 0) {
      this.#slowTimer ??= setTimeout(() => {
        this.#slowTimer = undefined;
        this.sync(this.#latest ?? world);
      }, due);
      this.#latest = world;
      return;
    }
    this.#slowAt = performance.now();
    this.#latest = null;
    this.#when(() => requestAnimationFrame(() => this.#write(world)));
  }
  #latest: World | null = null;

  #write(world: World): void {
    if (world.tracksEdition !== this.#seen.tracks) {
      this.#seen.tracks = world.tracksEdition;
      this.#source('flown').setData(flownFeatures(world));
    }
    if (world.photosEdition !== this.#seen.photos) {
      this.#seen.photos = world.photosEdition;
      this.#source('footprints').setData(footprintFeatures(world.photos.values()));
      this.#source('photos').setData(photoFeatures(world.photos.values()));
    }
    const version = world.map?.bounds ? String(world.map.version) : '';
    if (version !== this.#seen.product) {
      this.#seen.product = version;
      // Old tiles stay on the screen until the new ones have come: no flicker.
      if (version) (this.map.getSource('product') as RasterTileSource).setTiles([api.mapTiles(version)]);
      this.#showProduct();
    }
  }

  /** The product's layer asks for tiles only while there is a map. */
  #showProduct(): void {
    this.map.setLayoutProperty('product', 'visibility', this.#wantProduct && this.#seen.product ? 'visible' : 'none');
  }

  setTheme(theme: Theme): void {
    const before = layers(this.#palette);
    this.#theme = theme;
    this.#when(() => {
      const p = this.#palette;
      const own = this.#backgrounds.flatMap((b) => backgroundLayers(b, p));
      for (const [i, layer] of [...layers(p), ...own].entries()) {
        const old = before[i]?.paint as Record<string, unknown> | undefined;
        for (const [name, value] of Object.entries(layer.paint ?? {})) {
          if (layer.id === 'product' || JSON.stringify(old?.[name]) === JSON.stringify(value)) continue;
          this.map.setPaintProperty(layer.id, name as never, value as never);
        }
      }
      addPhotoIcons(this.map, p);
    });
  }

  setLayers(shown: Layers, opacity: number): void {
    this.#when(() => {
      const show = (id: string, on: boolean) => {
        if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
      };
      for (const [group, ids] of Object.entries(GROUPS)) {
        if (group !== 'product') for (const id of ids) show(id, shown[group as keyof Omit<Layers, 'background'>]);
      }
      for (const b of this.#backgrounds) {
        for (const layer of backgroundLayers(b, this.#palette)) show(layer.id, shown.background[b.id] ?? true);
      }
      this.#wantProduct = shown.product;
      this.#showProduct();
      this.map.setPaintProperty('product', 'raster-opacity', opacity);
    });
  }

  setTerrain(terrain: boolean): void {
    this.#when(() => {
      if (!terrain && this.map.getLayer('hillshade')) this.map.setPaintProperty('hillshade', 'raster-opacity', 0);
    });
  }

  setBackgrounds(list: Background[]): void {
    const before = this.#backgrounds;
    this.#backgrounds = list;
    this.#when(() => {
      for (const b of before) if (!list.some((other) => sameBackground(b, other))) removeBackground(this.map, b, this.#palette);
      for (const b of list) addBackground(this.map, b, this.#palette);
    });
  }

  setPlan(plan: PlanAnswer | null): void {
    this.#when(() => this.#source('plan').setData(planFeatures(plan)));
  }

  setDrawing(shapes: Shape[], draft: LonLat[], cursor: LonLat | null, crossing: LonLat | null): void {
    this.#drawing = [shapes, draft, cursor, crossing];
    if (this.#drawFrame) return;
    this.#drawFrame = requestAnimationFrame(() => {
      this.#drawFrame = 0;
      this.#when(() => this.#source('draw').setData(drawFeatures(...this.#drawing)));
    });
  }

  setChosen(world: World, id: string | null): void {
    const photo = id === null ? undefined : world.photos.get(id);
    if (photo === this.#chosen) return;
    this.#chosen = photo;
    this.#when(() => this.#source('chosen').setData(chosenFeatures(photo)));
  }

  /** The topmost photo at a point of the screen; left-out and placed ones first, then the nearest centre. */
  photoAt(x: number, y: number, reach = 6): string | null {
    const ids = ['photo-dot', 'footprint-fill'].filter((id) => this.map.getLayer(id));
    const dots = this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ids.slice(0, 1) });
    const hit = dots[0] ?? this.map.queryRenderedFeatures([x, y], { layers: ids.slice(1) })[0];
    const id = hit?.properties['id'] as unknown;
    return typeof id === 'string' ? id : null;
  }

  fit(bounds: Bounds, maxZoom = 18): void {
    this.map.fitBounds(bounds as LngLatBoundsLike, { padding: this.padding(), maxZoom, duration: 500 });
  }

  destroy(): void {
    clearTimeout(this.#slowTimer);
    cancelAnimationFrame(this.#drawFrame);
    this.map.remove();
  }
}
