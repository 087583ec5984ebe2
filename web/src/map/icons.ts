// A photo's state as a shape, so that colour is never alone: ring, half, dot, triangle, cross.
import type { Map } from 'maplibre-gl';
import type { PhotoState } from '../lib/contract';
import type { Palette } from './palette';

const SIZE = 32;

function draw(c: CanvasRenderingContext2D, state: PhotoState): void {
  const m = SIZE / 2;
  c.beginPath();
  switch (state) {
    case 'queued':
      c.arc(m, m, 7, 0, 2 * Math.PI);
      c.stroke();
      break;
    case 'received':
      c.arc(m, m, 7, 0, 2 * Math.PI);
      c.stroke();
      c.beginPath();
      c.arc(m, m, 7, Math.PI / 2, -Math.PI / 2);
      c.fill();
      break;
    case 'matched':
      c.arc(m, m, 7.5, 0, 2 * Math.PI);
      c.fill();
      break;
    case 'placed':
      c.moveTo(m, m - 9);
      c.lineTo(m + 9, m + 7);
      c.lineTo(m - 9, m + 7);
      c.closePath();
      c.fill();
      break;
    case 'left_out':
      c.lineWidth = 5;
      c.moveTo(m - 8, m - 8);
      c.lineTo(m + 8, m + 8);
      c.moveTo(m + 8, m - 8);
      c.lineTo(m - 8, m + 8);
      c.stroke();
  }
}

export function addPhotoIcons(map: Map, p: Palette): void {
  const canvas = document.createElement('canvas');
  canvas.width = SIZE;
  canvas.height = SIZE;
  const c = canvas.getContext('2d', { willReadFrequently: true });
  if (!c) return;
  for (const state of Object.keys(p.photo) as PhotoState[]) {
    c.clearRect(0, 0, SIZE, SIZE);
    c.lineJoin = 'round';
    c.lineCap = 'round';
    c.lineWidth = 3;
    c.shadowColor = p.casing;
    c.shadowBlur = 3;
    c.strokeStyle = p.photo[state];
    c.fillStyle = p.photo[state];
    draw(c, state);
    draw(c, state);
    const image = c.getImageData(0, 0, SIZE, SIZE);
    const name = `photo-${state}`;
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: 2 });
  }
}
