// Aircraft on the map: elements of the page moved over it, so that they stay sharp and quick
// even where the map itself is drawn in software, and so that a keyboard and a screen reader reach them.
import { Marker, type Map as GlMap, type PaddingOptions } from 'maplibre-gl';
import { con } from '../lib/console.svelte';
import type { Kind, LonLat, Vehicle } from '../lib/contract';
import { PHASE_LABEL } from '../lib/words';
import { prefs } from '../lib/prefs.svelte';
import { age, height, percent, text } from '../lib/units';
import { placeOf, type Freshness, type World } from '../lib/world';

const SHAPES: Record<Kind, string> = {
  // Multirotor: four rotors and a nose; wings for the others. Drawn nose up in a 44-unit box.
  multirotor: '<circle cx="11" cy="12" r="6.5"/><circle cx="33" cy="12" r="6.5"/><circle cx="11" cy="33" r="6.5"/><circle cx="33" cy="33" r="6.5"/><path d="M22 5l7 12v12l-7 6-7-6V17z"/>',
  fixed_wing: '<path d="M22 3c2 0 3 3 3 7v6l17 8v4l-17-4v9l6 4v3l-9-2-9 2v-3l6-4v-9L2 28v-4l17-8v-6c0-4 1-7 3-7z"/>',
  quadplane: '<circle cx="12" cy="12" r="5"/><circle cx="32" cy="12" r="5"/><circle cx="12" cy="34" r="5"/><circle cx="32" cy="34" r="5"/><path d="M22 3c2 0 3 3 3 7v7l17 6v4l-17-3v9l6 4v3l-9-2-9 2v-3l6-4v-9L2 27v-4l17-6v-7c0-4 1-7 3-7z"/>',
};

/** Tags keep to one of these corners of their aircraft; the first that is free and in sight is taken. */
const CORNERS = ['right', 'left', 'below', 'above'] as const;
const TAG = { w: 168, h: 58, off: 26 };
const FULL_TAGS_LIMIT = 8;

interface Craft {
  marker: Marker;
  root: HTMLElement;
  icon: SVGElement;
  name: HTMLElement;
  mode: HTMLElement;
  heights: HTMLElement;
  health: HTMLElement;
  home: Marker | null;
  shown: string;
}

function element(tag: string, className: string): HTMLElement {
  const e = document.createElement(tag);
  e.className = className;
  return e;
}

export class AircraftLayer {
  #crafts = new Map<string, Craft>();
  #frame = 0;

  constructor(private readonly map: GlMap, private readonly padding: () => PaddingOptions, private readonly onSelect: (id: string) => void) {
    map.on('moveend', () => this.sync(con.world));
  }

  sync(world: World): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#write(con.world ?? world);
    });
  }

  #write(world: World): void {
    const silence = con.silenceNow();
    const present = new Set<string>();
    const full = world.vehicles.length <= FULL_TAGS_LIMIT;
    for (const v of world.vehicles) {
      const here = placeOf(v);
      if (!here) continue;
      present.add(v.id);
      const craft = this.#crafts.get(v.id) ?? this.#create(v, here);
      craft.marker.setLngLat(here);
      craft.icon.style.transform = `rotate(${(v.heading_deg ?? 0) - this.map.getBearing()}deg)`;
      this.#home(craft, v);
      const fresh = con.freshnessOf(v, silence);
      this.#tag(craft, v, fresh, con.ageOf(v, silence), full || con.selectedVehicle === v.id);
    }
    for (const [id, craft] of this.#crafts) {
      if (present.has(id)) continue;
      craft.marker.remove();
      craft.home?.remove();
      this.#crafts.delete(id);
    }
    this.#place();
  }

  #tag(c: Craft, v: Vehicle, fresh: Freshness, age_s: number, full: boolean): void {
    const u = prefs.units;
    const selected = con.selectedVehicle === v.id;
    const heights = full ? `${text(height(v.height_agl_m, u))} AGL · ${text(height(v.height_amsl_m, u))} AMSL` : '';
    const old = fresh === 'live' ? '' : ` · ${fresh === 'lost' ? 'NO LINK' : 'STALE'} ${text(age(age_s))}`;
    const health = full || old ? `${text(percent(v.battery.fraction))} battery${old}` : '';
    const shown = [v.name, v.mode, v.phase, heights, health, fresh, selected].join('|');
    if (shown === c.shown) return;
    c.shown = shown;
    c.name.textContent = v.name || `Aircraft ${v.id}`;
    c.mode.textContent = `${v.mode}`;
    c.heights.textContent = heights;
    c.health.textContent = health;
    c.health.hidden = !health;
    c.heights.hidden = !heights;
    c.root.dataset['fresh'] = fresh;
    c.root.dataset['flying'] = String(v.flying);
    c.root.classList.toggle('selected', selected);
    c.root.setAttribute('aria-label', `${v.name}, ${PHASE_LABEL[v.phase]}, mode ${v.mode}, ${heights}, ${health}`);
  }

  #home(c: Craft, v: Vehicle): void {
    if (!v.home || c.home) {
      if (v.home) c.home?.setLngLat(v.home);
      return;
    }
    const e = element('div', 'home-mark');
    e.textContent = 'H';
    e.title = `Home of ${v.name}`;
    c.home = new Marker({ element: e }).setLngLat(v.home).addTo(this.map);
  }

  #create(v: Vehicle, here: LonLat): Craft {
    const root = element('button', 'craft');
    root.dataset['id'] = v.id;
    (root as HTMLButtonElement).type = 'button';
    root.innerHTML = `<svg viewBox="-4 -4 52 52" width="46" height="46" aria-hidden="true">${SHAPES[v.kind] ?? SHAPES.multirotor}</svg><i class="cross" aria-hidden="true"></i>`;
    const tag = element('span', 'tag');
    const top = element('span', 'top');
    const name = element('b', '');
    const mode = element('span', 'mode');
    const heights = element('span', 'line');
    const health = element('span', 'line');
    top.append(name, mode);
    tag.append(top, heights, health);
    root.append(tag);
    root.addEventListener('click', (e) => {
      e.stopPropagation();
      this.onSelect(v.id);
    });
    const marker = new Marker({ element: root }).setLngLat(here).addTo(this.map);
    const craft: Craft = { marker, root, icon: root.querySelector('svg')!, name, mode, heights, health, home: null, shown: '' };
    this.#crafts.set(v.id, craft);
    return craft;
  }

  /** Puts each tag in the first corner where it covers no aircraft and no other tag. */
  #place(): void {
    const taken: [number, number, number, number][] = [];
    const pad = this.padding();
    const { clientWidth, clientHeight } = this.map.getCanvas();
    const view = [(pad.left ?? 0) - 30, (pad.top ?? 0) - 30, clientWidth - (pad.right ?? 0) + 30, clientHeight - (pad.bottom ?? 0) + 30] as const;
    const points = [...this.#crafts.values()].map((c) => ({ c, p: this.map.project(c.marker.getLngLat()) }));
    for (const { p } of points) taken.push([p.x - 18, p.y - 18, p.x + 18, p.y + 18]);
    for (const [i, { c, p }] of points.entries()) {
      const boxes: Record<(typeof CORNERS)[number], [number, number, number, number]> = {
        right: [p.x + TAG.off, p.y - TAG.h / 2, p.x + TAG.off + TAG.w, p.y + TAG.h / 2],
        left: [p.x - TAG.off - TAG.w, p.y - TAG.h / 2, p.x - TAG.off, p.y + TAG.h / 2],
        below: [p.x - TAG.w / 2, p.y + TAG.off, p.x + TAG.w / 2, p.y + TAG.off + TAG.h],
        above: [p.x - TAG.w / 2, p.y - TAG.off - TAG.h, p.x + TAG.w / 2, p.y - TAG.off],
      };
      const free = (b: [number, number, number, number]) =>
        b[0] > view[0] && b[1] > view[1] && b[2] < view[2] && b[3] < view[3] && taken.every((t, j) => j === i || b[2] < t[0] || t[2] < b[0] || b[3] < t[1] || t[3] < b[1]);
      const corner = CORNERS.find((k) => free(boxes[k])) ?? 'right';
      c.root.dataset['corner'] = corner;
      taken.push(boxes[corner]);
    }
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    for (const c of this.#crafts.values()) {
      c.marker.remove();
      c.home?.remove();
    }
  }
}
