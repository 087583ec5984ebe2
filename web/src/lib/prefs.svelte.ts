// What this browser remembers of its operator's taste.
import type { UnitSystem } from './units';

const KEY = 'whimbrel.prefs';

export interface Layers {
  hillshade: boolean;
  graticule: boolean;
  plan: boolean;
  tracks: boolean;
  footprints: boolean;
  product: boolean;
  background: Record<string, boolean>;
}

class Prefs {
  theme = $state<'dark' | 'sunlight'>('dark');
  units = $state<UnitSystem>('metric');
  opacity = $state(0.95);
  layers = $state<Layers>({
    hillshade: true, graticule: true, plan: true, tracks: true, footprints: true, product: true, background: {},
  });

  load(): void {
    try {
      const saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>;
      if (saved.theme === 'dark' || saved.theme === 'sunlight') this.theme = saved.theme;
      if (saved.units === 'metric' || saved.units === 'aviation') this.units = saved.units;
      if (typeof saved.opacity === 'number' && saved.opacity >= 0 && saved.opacity <= 1) this.opacity = saved.opacity;
      if (saved.layers && typeof saved.layers === 'object') this.layers = { ...this.layers, ...saved.layers };
    } catch {
      // Storage is refused or holds something else: the defaults do.
    }
  }

  save(): void {
    try {
      const { theme, units, opacity, layers } = this;
      localStorage.setItem(KEY, JSON.stringify({ theme, units, opacity, layers }));
    } catch {
      // A browser that keeps nothing still works.
    }
  }
}

export const prefs = new Prefs();
