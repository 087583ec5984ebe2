// The map's colours for both themes, in the same meanings as app.css.
import type { PhotoState } from '../lib/contract';

export interface Palette {
  sea: string;
  land: string;
  border: string;
  borderLabel: string;
  halo: string;
  graticule: string;
  graticuleLabel: string;
  area: string;
  fence: string;
  route: string;
  route2: string;
  route3: string;
  flown: string;
  casing: string;
  select: string;
  problem: string;
  shadeMin: number;
  shadeMax: number;
  photo: Record<PhotoState, string>;
}

export const PALETTES: Record<'dark' | 'sunlight', Palette> = {
  dark: {
    sea: '#15191d', land: '#23282d', border: '#3d464e', borderLabel: '#8a949d', halo: '#15191d',
    graticule: '#4a535c', graticuleLabel: '#aab4bd', area: '#f2f5f7', fence: '#aab4bd',
    route: '#e77be4', route2: '#b692f5', route3: '#f3a6c8', flown: '#ffffff', casing: '#0c0e10', select: '#5cc8e6', problem: '#ff6b61',
    shadeMin: 0.04, shadeMax: 0.5,
    photo: { queued: '#98a2ab', received: '#5cc8e6', matched: '#63c987', placed: '#f5b83d', left_out: '#ff6b61' },
  },
  sunlight: {
    sea: '#cbd5dc', land: '#f1f2ee', border: '#98a1a8', borderLabel: '#4b545c', halo: '#ffffff',
    graticule: '#b9c1c6', graticuleLabel: '#56606a', area: '#08090a', fence: '#3f474e',
    route: '#a10a9c', route2: '#5a2bb8', route3: '#b3125d', flown: '#0b0d0f', casing: '#ffffff', select: '#005e7d', problem: '#b30f0a',
    shadeMin: 0.35, shadeMax: 1,
    photo: { queued: '#5c666f', received: '#005e7d', matched: '#0d6630', placed: '#8f5c00', left_out: '#b30f0a' },
  },
};
