// The state of the log's model: the log on the queue Redis, entries on the cache Redis, two
// replicas with memory and disk, two workers. One key.
//
// Staleness is judged by how many invalidations of the key had been made, ever, when a computation
// began (`madeAfter`). The protocol knows only tokens.
#pragma once
#include <cstdint>
#include <cstdio>

#include "options.hpp"

enum { kMaxSeq = 4, kLeaseTicks = 1, kTicksCap = kLeaseTicks + 2, kReplicas = 2, kWorkers = 2 };

enum Scope : uint8_t { kBase, kOurKey, kOtherKey, kDropped };  // kDropped: the record is gone
enum Invalidation : uint8_t { kOfOurKey, kOfOtherKey, kOfTenantsOtherKey };
enum CatchUp : uint8_t { kNotSent, kSent, kExecuted };
enum Invalidate : uint8_t { kNoInvalidate, kInLog, kAckedUnapplied };
// After a loss nothing is promised until somebody who remembers has spoken to the log, and a lease
// has passed; nothing at all when nobody remembers.
enum Loss : uint8_t { kNoLoss, kUndetected, kDetected, kForgotten };

struct Record {
  uint8_t scope, id;
};
struct Log {
  uint8_t epoch, seq, first;  // epoch 0: there is no log
  uint8_t history;  // of the server when a tenant's record was written last
  Record records[kMaxSeq + 1];
};
struct View {
  uint8_t known, epoch, seq, floor, first;
  uint8_t ids[kMaxSeq + 1];
};
struct Entry {
  uint8_t has, epoch, seq, id;
  uint8_t madeAfter;
};
struct Replica {
  View view, kept;  // kept: on this host's disk
  Entry memory, disk;
  uint8_t sinceConfirmed, took, isCut;  // took: invalidations that this replica acknowledged
  uint8_t catchUp, catchUpTicks;
  View base, page;
  uint8_t catchUpResets;
  uint8_t invalidate;
  View invalidateView;
  uint8_t invalidateResets, invalidateCount, catchUpIsFirst;
  uint8_t remembersLoss;
};
struct Worker {
  uint8_t step, epoch, seq, id, madeAfter, predicts;  // predicts: by an artefact that is there
};
struct State {
  Log log, dump;
  uint8_t isDumped;
  Entry cache, artefact;
  Replica replicas[kReplicas];
  Worker workers[kWorkers];
  uint8_t invalidated, maxEpoch, ids, acked, ackedLongAgo, ackedTicks, loss, sinceDetected;
  // How much of each may still happen.
  uint8_t invalidations, computations, cuts, losses, flushes, dumps, restarts, trims;
  uint8_t clockIsBehind;
  uint8_t history;  // of the server: another after each restart
};

struct World {
  bool writeFence;  // workers also ask before they write; that alone would not do
  bool derives;     // results may be made of an artefact
  bool tenants;     // our key is invalidated by one tenant, for it alone; another one reads, too
  bool restores;    // of the world `tenantsrestore`
  bool hasDisk, hasMemory, bothInvalidate, oneWorker;
};

inline Options options;
inline World world;

inline bool has(const char* guard) { return options.has(guard); }

inline void print(const State& s) {
  printf("      log: epoch=%d seq=%d first=%d; invalidated=%d acked=%d longAgo=%d loss=%d\n",
         s.log.epoch, s.log.seq, s.log.first, s.invalidated, s.acked, s.ackedLongAgo, s.loss);
  printf("      cache: has=%d epoch=%d seq=%d madeAfter=%d\n", s.cache.has, s.cache.epoch,
         s.cache.seq, s.cache.madeAfter);
  for (int i = 0; i < kReplicas; i++) {
    const Replica& r = s.replicas[i];
    printf("      replica %d: epoch=%d seq=%d floor=%d first=%d sinceConfirmed=%d took=%d isCut=%d",
           i, r.view.epoch, r.view.seq, r.view.floor, r.view.first, r.sinceConfirmed, r.took,
           r.isCut);
    printf(" memory{%d %d.%d after %d} disk{%d %d.%d after %d}\n", r.memory.has, r.memory.epoch,
           r.memory.seq, r.memory.madeAfter, r.disk.has, r.disk.epoch, r.disk.seq,
           r.disk.madeAfter);
  }
}
