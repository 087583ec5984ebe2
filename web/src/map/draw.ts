// Drawing and editing the area: click corners, drag them, add one on an edge, remove one.
// Corners are elements of the page: fingers, mice and keyboards (arrows, Delete) all reach them.
import { Marker, type Map as GlMap, type MapMouseEvent } from 'maplibre-gl';
import type { LonLat } from '../lib/contract';
import { midpoint, type Shape } from '../lib/geometry';
import { planner } from '../lib/planner.svelte';
import type { Chart } from './chart';

/** More corners than this are shown but not offered for dragging. */
export const HANDLES_LIMIT = 150;
const CLOSE_PX = 14;
const NUDGE_PX = 2;

type At = { shape: number; ring: number; point: number };

const moved = (shapes: Shape[], at: At, to: LonLat | null, insert = false): Shape[] =>
  shapes.map((rings, s) => (s !== at.shape ? rings : rings.map((ring, r) => {
    if (r !== at.ring) return ring;
    const next = [...ring];
    next.splice(at.point, insert ? 0 : 1, ...(to ? [to] : []));
    return next;
  })).filter((ring, r) => !(s === at.shape && r === at.ring && ring.length < 3))).filter((rings) => rings.length > 0);

export class DrawTool {
  #handles: Marker[] = [];
  #homeMark: Marker | null = null;
  #cursor: LonLat | null = null;
  #preview: Shape[] | null = null;
  readonly #map: GlMap;
  readonly #onKey = (e: KeyboardEvent) => this.#key(e);

  constructor(private readonly chart: Chart, private readonly onPick: (x: number, y: number) => void) {
    this.#map = chart.map;
    this.#map.on('click', (e) => this.#click(e));
    this.#map.on('mousemove', (e) => {
      if (planner.tool !== 'draw' || planner.draft.length === 0) return;
      this.#cursor = [e.lngLat.lng, e.lngLat.lat];
      this.show();
    });
    window.addEventListener('keydown', this.#onKey);
  }

  #click(e: MapMouseEvent): void {
    if (e.originalEvent.target !== this.#map.getCanvas()) return;
    const here: LonLat = [e.lngLat.lng, e.lngLat.lat];
    if (planner.tool === 'home') {
      planner.setHome(here);
      planner.tool = 'none';
    } else if (planner.tool === 'draw') {
      const draft = planner.draft;
      const near = (p: LonLat | undefined) => p !== undefined && this.#map.project(p).dist(e.point) < CLOSE_PX;
      if (draft.length >= 3 && (near(draft[0]) || near(draft[draft.length - 1]))) this.finish();
      else if (!near(draft[draft.length - 1])) planner.draft = [...draft, here];
    } else {
      this.onPick(e.point.x, e.point.y);
    }
  }

  finish(): void {
    this.#cursor = null;
    planner.finishDraft();
  }

  #key(e: KeyboardEvent): void {
    if (planner.tool === 'none' || (e.target instanceof HTMLElement && e.target.closest('input, select, dialog'))) return;
    if (e.key === 'Escape') {
      planner.draft = [];
      planner.tool = 'none';
    } else if (e.key === 'Enter' && planner.tool === 'draw' && !(e.target instanceof HTMLButtonElement)) this.finish();
    else if ((e.key === 'Backspace' || e.key === 'Delete') && planner.tool === 'draw') planner.draft = planner.draft.slice(0, -1);
    else return;
    e.preventDefault();
  }

  /** Writes the area, as edited at this moment, into the map. */
  show(): void {
    this.chart.setDrawing(this.#preview ?? planner.shapes, planner.draft, this.#cursor, this.#preview ? null : planner.crossing);
  }

  /** Rebuilds the handles after a change of the area or the tool. */
  refresh(editable: boolean): void {
    for (const h of this.#handles.splice(0)) h.remove();
    const drawing = planner.tool === 'draw';
    this.#map.getCanvas().style.cursor = planner.tool === 'none' ? '' : 'crosshair';
    if (drawing) this.#map.doubleClickZoom.disable();
    else this.#map.doubleClickZoom.enable();
    planner.draft.forEach((p, i) => this.#dot(p, i === 0));
    if (!drawing) this.#cursor = null;
    const corners = planner.shapes.reduce((n, rings) => n + rings.reduce((m, r) => m + r.length, 0), 0);
    if (editable && !drawing && corners <= HANDLES_LIMIT) {
      planner.shapes.forEach((rings, shape) => rings.forEach((ring, r) => ring.forEach((p, point) => {
        this.#corner({ shape, ring: r, point }, p);
        if (corners <= HANDLES_LIMIT / 2) this.#between({ shape, ring: r, point: point + 1 }, midpoint(p, ring[(point + 1) % ring.length]!));
      })));
    }
    this.show();
  }

  showHome(home: LonLat | null, draggable: boolean): void {
    this.#homeMark?.remove();
    this.#homeMark = null;
    if (!home) return;
    const e = document.createElement('div');
    e.className = 'home-mark planned';
    e.textContent = 'H';
    e.title = 'Home of the plan: drag to move';
    this.#homeMark = new Marker({ element: e, draggable }).setLngLat(home).addTo(this.#map);
    this.#homeMark.on('dragend', () => {
      const at = this.#homeMark?.getLngLat();
      if (at) planner.setHome([at.lng, at.lat]);
    });
  }

  #dot(p: LonLat, first: boolean): void {
    const e = document.createElement('button');
    e.type = 'button';
    e.className = first ? 'corner first' : 'corner';
    e.ariaLabel = first ? 'First corner: press to close the area' : 'Corner';
    if (first) e.addEventListener('click', (event) => {
      event.stopPropagation();
      if (planner.draft.length >= 3) this.finish();
    });
    else e.style.pointerEvents = 'none';
    this.#handles.push(new Marker({ element: e }).setLngLat(p).addTo(this.#map));
  }

  #corner(at: At, p: LonLat): void {
    const e = document.createElement('button');
    e.type = 'button';
    e.className = 'corner';
    e.ariaLabel = `Corner ${at.point + 1}: arrows move it, Delete removes it`;
    const marker = new Marker({ element: e, draggable: true }).setLngLat(p).addTo(this.#map);
    this.#drag(marker, (to) => moved(planner.shapes, at, to));
    const remove = (event: Event) => {
      event.preventDefault();
      event.stopPropagation();
      planner.edit(moved(planner.shapes, at, null));
    };
    e.addEventListener('contextmenu', remove);
    e.addEventListener('keydown', (event) => {
      const step: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const by = step[event.key];
      if (event.key === 'Delete' || event.key === 'Backspace') remove(event);
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      const k = event.shiftKey ? 10 * NUDGE_PX : NUDGE_PX;
      const s = this.#map.project(p);
      const to = this.#map.unproject([s.x + by[0] * k, s.y + by[1] * k]);
      planner.edit(moved(planner.shapes, at, [to.lng, to.lat]));
      const index = this.#handles.indexOf(marker);
      requestAnimationFrame(() => this.#handles[Math.max(0, index)]?.getElement().focus());
    });
    this.#handles.push(marker);
  }

  #between(at: At, p: LonLat): void {
    const e = document.createElement('div');
    e.className = 'corner mid';
    e.title = 'Drag to add a corner';
    const marker = new Marker({ element: e, draggable: true }).setLngLat(p).addTo(this.#map);
    this.#drag(marker, (to) => moved(planner.shapes, at, to, true));
    this.#handles.push(marker);
  }

  #drag(marker: Marker, result: (to: LonLat) => Shape[]): void {
    const to = (): LonLat => {
      const at = marker.getLngLat();
      return [at.lng, at.lat];
    };
    marker.on('drag', () => {
      this.#preview = result(to());
      this.show();
    });
    marker.on('dragend', () => {
      this.#preview = null;
      planner.edit(result(to()));
    });
  }

  destroy(): void {
    window.removeEventListener('keydown', this.#onKey);
    for (const h of this.#handles) h.remove();
    this.#homeMark?.remove();
  }
}
