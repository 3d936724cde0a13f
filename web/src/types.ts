// The answers of /api/v1 as far as the page reads them.

export interface Split { required: number; met: number; expiring: number; expired: number }
export type Status = "green" | "amber" | "red" | "none";

export interface Cell {
  factor?: string;
  group?: string;
  applicable: boolean;
  kind_split: { knowledge: Split; skill: Split };
  people: number;
  people_complete: number;
  people_partial: number;
  people_none: number;
  items_total: number;
  items_held: number;
  items_covered_by_teams: number | null;
  items_lacking_in_teams: number | null;
  items_needed_by_teams: number | null;
  optional: { asked: number; met: number };
  waived: number;
  next_expiry: string | null;
  ceiling: number | null;
  reasons: Record<string, number>;
  status: Status;
}

export interface MatrixRow {
  archetype: string; name: string; people: number; proposed: number; teams: number;
  foundation: { people_complete: number; people_ahead: number; pairs: number; met: number };
  cells: Cell[];
}
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
  teams: number;
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
  override: string;
  overridden?: { who: string | null; why: string | null; until: string | null };
  reason: string;
  valid_to: string | null;
  evidence: { kind: string; from: string | null }[];
}
export interface RecordPart { archetype?: string | null; factor?: string; group?: string; status: Status; ahead_of_foundation?: boolean; items: RecordItem[] }
export interface PersonRecord {
  person: string;
  as_of: string;
  factors: RecordPart[];
  foundation: { met: number; required: number } | null;
  products: { deployment: string; product: string; version: string; unit: string; groups: RecordPart[] }[];
  held: RecordItem[];
}

export interface Unit { name: string; depth: number }
export interface Units { total: number; units: Unit[] }

export interface TeamCounts { items: number; covered: number; single_holder: number; expiring: number; gap: number }
export interface TeamHead { id: string; version: string; name: string; quorum: number; archetypes: string[]; deployment: string | null }
export interface TeamSummary extends TeamHead {
  members: { all: number; in_team: number; left: number; unknown: number };
  counts: TeamCounts;
}
export interface Teams { as_of: string; days: number; total: number; teams: TeamSummary[] }

export interface TeamMember { person: string; name: string | null; state: string; archetypes: string[]; last_day: string | null; holds: number }
export interface TeamWay { person: string; title: string; minutes: number | null; needs: string; begun: boolean }
export interface TeamItem {
  requirement: string;
  title: string;
  level: string;
  kind: string;
  factor: string | null;
  group: string | null;
  state: string;
  held_by: number;
  single_holder: boolean;
  covered_until: string | null;
  holders: string[];
  missing?: number;
  closed_by?: string;
  closes?: TeamWay[];
}
export interface TeamCoverage {
  team: TeamHead;
  as_of: string;
  days: number;
  counts: TeamCounts;
  members: TeamMember[];
  factors: (TeamCounts & { factor?: string; group?: string })[];
  items: TeamItem[];
  problems: string[];
}
