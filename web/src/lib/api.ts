// Calls to the server. Every failure becomes a Problem whose `detail` says what to do.
import type {
  Alert, AreaGeometry, AuditRow, Background, Catalogue, Checks, CommandResult, FileRow, FlightRow, MapState,
  Photo, PlanAnswer, PlanRequest, PlanSummary, Radio, ServerState, Session, Vehicle,
} from './contract';
import type { Feature, LineString } from 'geojson';

export const BASE = '/api/v1';

/** What the server (or the lack of one) said when a call failed. */
export class Problem extends Error {
  constructor(readonly title: string, readonly detail: string, readonly status: number) {
    super(detail || title);
  }
}

async function call(method: string, path: string, body?: BodyInit, type?: string, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      headers: type ? { 'content-type': type } : {},
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem('No answer', 'The server does not answer. Check that it runs and that this computer still reaches it.', 0);
  }
  if (answer.ok) return answer;
  let title = answer.statusText || `Status ${answer.status}`;
  let detail = '';
  try {
    const problem = (await answer.json()) as { title?: unknown; detail?: unknown };
    if (typeof problem.title === 'string') title = problem.title;
    if (typeof problem.detail === 'string') detail = problem.detail;
  } catch {
    // Not a problem document: the status line has to do.
  }
  throw new Problem(title, detail, answer.status);
}

async function get<T>(path: string): Promise<T> {
  return (await (await call('GET', path)).json()) as T;
}

async function post<T>(path: string, value: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await call('POST', path, JSON.stringify(value), 'application/json', signal);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

const enc = encodeURIComponent;

export const api = {
  session: () => get<Session>('/session'),
  signIn: (code: string) => post<{ user: string; role: string }>('/session', { code }),
  invite: () => post<{ code: string }>('/session/codes', {}),
  signOut: () => call('DELETE', '/session'),
  state: () => get<ServerState>('/state'),
  catalogue: () => get<Catalogue>('/catalogue'),
  backgrounds: () => get<Background[]>('/backgrounds'),
  height: (lat: number, lon: number) => get<{ amsl_m: number }>(`/terrain/height?lat=${lat.toFixed(7)}&lon=${lon.toFixed(7)}`),

  importArea: async (file: File) => {
    const answer = await call('POST', `/areas/import?name=${enc(file.name)}`, file, 'application/octet-stream');
    return (await answer.json()) as { area: AreaGeometry };
  },
  plan: (request: PlanRequest, signal?: AbortSignal) => post<PlanAnswer>('/plans', request, signal),
  plans: () => get<PlanSummary[]>('/plans'),
  planById: (id: string) => get<PlanAnswer>(`/plans/${enc(id)}`),
  exportUrl: (id: string, format: string, sortie: number) => `${BASE}/plans/${enc(id)}/export?format=${format}&sortie=${sortie}`,

  vehicles: () => get<Vehicle[]>('/vehicles'),
  command: (id: string, command: string, args: unknown = {}) =>
    post<{ audit_id: unknown }>(`/vehicles/${enc(id)}/commands`, { command, args }),
  groupCommand: (command: string, vehicles: string[] | 'all') => post<CommandResult[]>('/commands', { command, vehicles }),
  checks: (id: string) => get<Checks>(`/vehicles/${enc(id)}/checks`),
  track: (id: string) => get<Feature<LineString> | LineString>(`/vehicles/${enc(id)}/track`),
  alerts: () => get<Alert[]>('/alerts'),
  acknowledge: (id: string) => post<void>(`/alerts/${enc(id)}/acknowledge`, {}),
  audit: (limit: number) => get<AuditRow[]>(`/audit?limit=${limit}`),

  photos: () => get<Photo[]>('/photos'),
  imageUrl: (id: string, layer?: string) => `${BASE}/photos/${enc(id)}/image${layer ? `?layer=${layer}` : ''}`,
  map: () => get<MapState | null>('/map'),
  mapTiles: (version: MapState['version']) => `${location.origin}${BASE}/map/tiles/{z}/{x}/{y}.png?v=${enc(String(version))}`,
  mapFiles: () => get<FileRow[]>('/map/files'),
  mapFileUrl: (name: string) => `${BASE}/map/files/${enc(name)}`,
  radio: () => get<Radio | null>('/radio'),
  flights: () => get<FlightRow[]>('/flights'),
  flightUrl: (id: string) => `${BASE}/flights/${enc(id)}.mcap`,
};
