/** A number, what to compare it with, its last hour. All of it leads to its list. */
import type { ComponentChildren } from 'preact';
import { Spark, type Values } from './spark.tsx';

interface Props {
  readonly href: string;
  readonly label: string;
  readonly figure: string;
  readonly unit?: string;
  readonly compare?: ComponentChildren;
  readonly values: Values | undefined;
  readonly tone: string;
  readonly topAt?: number;
  readonly isSmall?: boolean;
}

export function Tile({ href, label, figure, unit, compare, isSmall, ...spark }: Props) {
  return (
    <a class={`tile${isSmall ? ' small' : ''}`} href={href}>
      <span class="l">{label}</span>
      <span class="v">
        {figure}
        {unit !== undefined && unit !== '' && <small>{unit}</small>}
      </span>
      {compare !== undefined && <span class="d">{compare}</span>}
      <Spark {...spark} />
    </a>
  );
}
