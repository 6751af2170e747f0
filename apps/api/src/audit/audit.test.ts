import { createLogger, createRegistry } from '@deja/runtime';
import { expect, test, vi } from 'vitest';
import { Audit } from './audit.ts';
import type { AuditEntry } from './schema.ts';

const BY = { actor: '4fT0kQ9xZb', tenant: 'acme', requestId: 'r-1' };

function openAudit(append = async (_: AuditEntry): Promise<void> => undefined) {
  const kept: AuditEntry[] = [];
  const log = createLogger('test', 'silent');
  const info = vi.spyOn(log, 'info');
  const registry = createRegistry();
  let now = Date.UTC(2026, 10, 27);
  const audit = new Audit({
    ...{ log, registry, now: () => now },
    stream: {
      append(entry) {
        kept.push(entry);
        return append(entry);
      },
    },
  });
  return {
    ...{ audit, kept, info },
    wait(ms: number) {
      now += ms;
    },
    unwritten: async () =>
      /deja_audit_unwritten_total (\d+)/.exec(await registry.metrics())?.[1] ?? 'none',
  };
}

test('an entry goes to the log and to the stream, and its target is bounded', () => {
  const { audit, kept, info } = openAudit();

  audit.record(BY, 'cache.invalidated', `tag:${'ä'.repeat(1000)}`);

  expect(kept).toEqual([
    {
      ...{ at: '2026-11-27T00:00:00.000Z', actor: '4fT0kQ9xZb', tenant: 'acme' },
      ...{ action: 'cache.invalidated', request_id: 'r-1' },
      target: `tag:${'ä'.repeat(251)}…`,
    },
  ]);
  expect(info).toHaveBeenCalledExactlyOnceWith(kept[0], 'audit');
});

test('a process keeps 60 refused keys a minute at most, and tells how many it left out', () => {
  const { audit, kept, info, wait } = openAudit();
  for (let i = 0; i < 100; i += 1) audit.keyRefused('10.0.0.1', `r-${i}`);

  const ofFirstMinute = kept.length;
  wait(60_000);
  for (let i = 0; i < 2; i += 1) audit.keyRefused('10.0.0.1', 'later');

  expect(ofFirstMinute).toBe(60);
  expect(kept.slice(60).map(({ left_out }) => left_out)).toEqual([40, undefined]);
  expect(kept[0]).toMatchObject({ action: 'key.refused', target: '10.0.0.1', actor: '-' });
  audit.record(BY, 'key.revoked', 'id');
  expect(kept).toHaveLength(63);
  expect(info).toHaveBeenCalledTimes(1);
});

test('a Redis that refuses an entry, or never answers, is counted and fails nobody', async () => {
  const refusing = openAudit(() => Promise.reject(new Error('OOM')));
  const silent = openAudit(() => new Promise<void>(() => undefined));

  for (let i = 0; i < 3; i += 1) refusing.audit.record(BY, 'key.created', 'id');
  for (let i = 0; i < 1002; i += 1) silent.audit.record(BY, 'key.created', 'id');

  await vi.waitFor(async () => expect(await refusing.unwritten()).toBe('3'));
  expect(silent.kept).toHaveLength(1000);
  expect(await silent.unwritten()).toBe('2');
  expect(silent.info).toHaveBeenCalledTimes(1002);
});
