// Words for states, in one place.
import type { Phase, PhotoState } from './contract';

export const PHASE_LABEL: Record<Phase, string> = {
  idle: 'On the ground', preparing: 'Preparing', armed: 'Armed', climbing: 'Climbing', surveying: 'Surveying',
  returning: 'Returning', landing: 'Landing', landed: 'Landed', holding: 'Holding',
};

export const PHOTO_LABEL: Record<PhotoState, string> = {
  queued: 'Queued on the radio', received: 'Received', matched: 'Matched', placed: 'Placed by GPS', left_out: 'Left out',
};
export const PHOTO_SIGN: Record<PhotoState, string> = { queued: '○', received: '◐', matched: '●', placed: '▲', left_out: '✕' };

export const KIND_LABEL = { multirotor: 'multirotor', fixed_wing: 'fixed wing', quadplane: 'quadplane' } as const;
