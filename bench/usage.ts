/** What processes take, as Linux counts it. */
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Processor time of a process, and of all that it has started. Unit: ms. */
export function cpuOf(pid: number): { readonly own: number; readonly children: number } {
  const [user, system, endedUser, endedSystem] = statOf(pid).slice(11, 15) as [
    number,
    number,
    number,
    number,
  ];
  const below = childrenOf(pid).map(cpuOf);
  const living = below.reduce((sum, { own, children }) => sum + own + children, 0);
  return {
    own: (user + system) * TICK_MS,
    children: (endedUser + endedSystem) * TICK_MS + living,
  };
}

/** Unit: MB. */
export function rssOf(pid: number): number {
  const [, kb] = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

/** The fields of proc_pid_stat(5) after the name of the program. */
function statOf(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
