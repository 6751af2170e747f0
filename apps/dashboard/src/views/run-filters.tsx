import { address, hrefOf, setQuery } from '../state/address.ts';
import { overview } from '../state/live.ts';
import { TenantField } from './tenant-field.tsx';

const STATES = [
  ['', 'all'],
  ['open', 'open'],
  ['running', 'running'],
  ['queued,retrying', 'waiting'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['canceled,expired', 'given up'],
] as const;

const LANES = ['short', 'long', 'bulk', 'refresh'];
const AGES = [
  ['10', '10 s'],
  ['60', '1 min'],
  ['600', '10 min'],
  ['3600', '1 h'],
] as const;

export function RunFilters({ models }: { models: readonly string[] }) {
  const { query } = address.value;
  const runs = overview.value?.runs;
  const counts: Readonly<Record<string, number | undefined>> = {
    open: runs?.open,
    running: runs?.running,
    'queued,retrying': runs?.queued,
  };
  return (
    <div class="filters">
      <nav class="seg" aria-label="State">
        {STATES.map(([state, name]) => (
          <a
            key={name}
            href={hrefOf(['runs'], { ...query, state })}
            aria-current={(query.state ?? '') === state ? 'true' : undefined}
          >
            {name}
            {counts[state] !== undefined && <span class="n">{counts[state]}</span>}
          </a>
        ))}
      </nav>
      <Choice label="Lane" name="lane" options={LANES.map((each) => [each, each])} />
      <Choice label="Model" name="model" options={models.map((each) => [each, each])} />
      <Choice label="Older than" name="older" options={AGES} />
      <TenantField />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

/** A member of the address. What the address says is an option, also where it is no usual one. */
function Choice({ label, name, options }: ChoiceProps) {
  const chosen = address.value.query[name] ?? '';
  const isListed = chosen === '' || options.some(([value]) => value === chosen);
  const all = isListed ? options : [...options, [chosen, chosen] as const];
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <select
        id={`f-${name}`}
        value={chosen}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
      >
        <option value="">any</option>
        {all.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
