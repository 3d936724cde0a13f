// The answers of /api/v1 as far as the page reads them.

export interface Split { required: number; met: number; expiring: number; expired: number }
export type Status = "green" | "amber" | "red" | "none";

export interface Cell {
  factor?: string;
  group?: string;
  applicable: boolean;
  kind_split: { knowledge: Split; skill: Split };
  people_complete: number;
  people_partial: number;
  people_none: number;
  items_total: number;
  items_held: number;
  next_expiry: string | null;
  ceiling: number | null;
  reasons: Record<string, number>;
  status: Status;
}

export interface MatrixRow { archetype: string; name: string; people: number; proposed: number; cells: Cell[] }
export interface ProductRow { deployment: string; product: string; version: string; unit: string; people: number; cells: Cell[] }

export interface Matrix {
  as_of: string;
  scope: { organisation: string | null };
  framework: { id: string; version: string };
  people: number;
  foundation: { people: number; cells: Cell[] };
  rows: MatrixRow[];
  products: ProductRow[];
  unassigned: number;
  proposed: number;
  watermark: number;
}

export interface Named { id: string; name: string }
export interface Framework {
  id: string;
  version: string;
  archetypes: Named[];
  groups: Named[];
  factors: (Named & { group: string | null })[];
  levels: { id: string }[];
}

export interface Step { kind: string; ref: string | null; says: string }
export interface Learning { title: string; minutes: number | null; needs: string; min_score: number | null }
export interface Missing { needs: string; would_be_given_by: Learning[] }
export interface Explanation { verdict: string; reason: string | null; steps: Step[]; missing: Missing[] }

export interface Employment { unit: string; staff_group: string; job_role: string; from: string | null; to: string | null }
export interface Person {
  id: string;
  name: string;
  employments: Employment[];
  archetypes: { archetype: string; state: string }[];
}
export interface People { total: number; offset: number; people: Person[] }

export interface RecordItem {
  requirement: string;
  title: string;
  level: string | null;
  kind: string;
  context: string | null;
  attainment: string;
  demand: string;
  reason: string;
  valid_to: string | null;
}
export interface RecordPart { archetype?: string | null; factor?: string; group?: string; status: Status; items: RecordItem[] }
export interface PersonRecord {
  person: string;
  as_of: string;
  factors: RecordPart[];
  foundation: { met: number; required: number } | null;
  products: { deployment: string; product: string; version: string; unit: string; groups: RecordPart[] }[];
  held: RecordItem[];
}
