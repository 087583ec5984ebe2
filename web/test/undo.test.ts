import { expect, it } from 'vitest';
import { UNDO_LIMIT, UndoStack } from '../src/lib/undo';

it('goes back and forth', () => {
  const s = new UndoStack<string>('');
  s.push('a');
  s.push('ab');
  expect(s.undo()).toBe('a');
  expect(s.undo()).toBe('');
  expect(s.undo()).toBe('');
  expect(s.canUndo).toBe(false);
  expect(s.redo()).toBe('a');
  expect(s.redo()).toBe('ab');
  expect(s.redo()).toBe('ab');
});

it('forgets the undone future at a new change', () => {
  const s = new UndoStack<number>(0);
  s.push(1);
  s.undo();
  s.push(2);
  expect(s.canRedo).toBe(false);
  expect(s.undo()).toBe(0);
});

it('keeps so many steps and no more', () => {
  const s = new UndoStack<number>(0);
  for (let i = 1; i <= UNDO_LIMIT + 50; i += 1) s.push(i);
  let steps = 0;
  while (s.canUndo) {
    s.undo();
    steps += 1;
  }
  expect(steps).toBe(UNDO_LIMIT);
  expect(s.value).toBe(50);
});
