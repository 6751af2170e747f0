// CATCHUP, INVALIDATE and INHERIT SCOPES, and what a replica makes of their replies:
// packages/cache-core/src/log and the scripts of the log.
#pragma once
#include "log-state.hpp"

inline void startEpoch(State& s, uint8_t known) {
  uint8_t clock = s.clockIsBehind ? 1 : s.maxEpoch + 1;
  uint8_t epoch = clock > known + 1 ? clock : known + 1;
  if (epoch > s.maxEpoch) s.maxEpoch = epoch;
  s.log = Log{};
  s.log.epoch = epoch;
  s.log.records[0] = {kBase, ++s.ids};
  if (s.loss != kUndetected) return;
  s.loss = kDetected;
  s.sinceDetected = 0;
}

// The id of a record; of one that was dropped, that of the record before it, whose id it had.
inline uint8_t idAt(const Log& log, int seq) {
  if (!has("R35_DROPPED") && log.records[seq].scope == kDropped) return 0;
  while (seq > log.first && log.records[seq].scope == kDropped) seq--;
  return log.records[seq].id;
}

// Does the log hold less than this replica remembers?
inline bool contradicts(const Log& log, const View& known) {
  if (!known.known || !log.epoch) return false;
  if (known.epoch != log.epoch) return known.epoch > log.epoch;
  if (known.seq > log.seq) return true;
  return known.seq >= log.first && idAt(log, known.seq) != known.ids[known.seq];
}

// The head of every script that is handed a position. Returns whether the caller must start over.
inline bool head(State& s, const View& known) {
  if (contradicts(s.log, known) && s.loss == kUndetected) {
    s.loss = kDetected;
    s.sinceDetected = 0;
  }
  if (!s.log.epoch) {
    startEpoch(s, known.known ? known.epoch : 0);
    return true;
  }
  if (!known.known) return true;
  const Log& log = s.log;
  bool isSameLog = known.epoch == log.epoch;
  bool isAhead = isSameLog && known.seq > log.seq;
  bool isHeld = isSameLog && known.seq >= log.first && known.seq <= log.seq;
  bool isOther = isHeld && idAt(log, known.seq) != known.ids[known.seq];
  bool isLost =
      (known.epoch > log.epoch && has("R1")) || (isAhead && has("R2")) || (isOther && has("R3"));
  if (isLost) {
    startEpoch(s, known.epoch);
    return true;
  }
  return !isSameLog || (known.seq < log.first && has("R4"));
}

inline View pageOf(const Log& log, const View& base, bool resets) {
  View view{};
  view.known = 1;
  view.epoch = log.epoch;
  view.seq = log.seq;
  view.first = resets ? log.first : base.first;
  int from = log.first;
  if (!resets) {
    view.floor = base.floor;
    for (int i = base.first; i <= base.seq && i <= kMaxSeq; i++) view.ids[i] = base.ids[i];
    if (base.seq + 1 > from) from = base.seq + 1;
  }
  for (int i = from; i <= log.seq; i++) {
    view.ids[i] = idAt(log, i);
    if (log.records[i].scope == kOurKey) view.floor = i;
  }
  return view;
}

// Returns false when the reply confirms nothing.
inline bool apply(Replica& replica, const View& page, bool resets, uint8_t ticks) {
  View& view = replica.view;
  bool isBack =
      view.known && (page.epoch < view.epoch || (page.epoch == view.epoch && page.seq < view.seq));
  if (!isBack) {
    bool keepsFloor = view.known && !resets && view.epoch == page.epoch && view.floor > page.floor;
    uint8_t floor = keepsFloor ? view.floor : page.floor;
    view = page;
    view.floor = floor;
  } else if (page.epoch != view.epoch) {
    return false;
  }
  if (ticks < replica.sinceConfirmed) replica.sinceConfirmed = ticks;
  return true;
}

// The rule of every read, in every tier. `other`: for the tenant that has invalidated nothing.
inline bool isServable(const Entry& entry, const View& view, bool other = false) {
  if (!entry.has || !view.known) return false;
  if (entry.epoch != view.epoch && has("EPOCH_MATCH")) return false;
  bool concerns = !other || !has("R34");
  if (entry.seq < view.floor && concerns && has("R12")) return false;
  if (entry.seq < view.first && has("R10")) return false;
  if (!has("R11")) return true;
  if (entry.seq > view.seq) return false;
  return entry.seq < view.first || view.ids[entry.seq] == entry.id;
}

inline bool isInvalidatedAfter(const Log& log, uint8_t seq) {
  for (int i = seq + 1; i <= log.seq; i++)
    if (i >= log.first && log.records[i].scope == kOurKey) return true;
  return false;
}

// May the worker's run use the artefact? Judged by the log as it is now.
inline bool mayInherit(const State& s, const Worker& worker) {
  const Entry& artefact = s.artefact;
  if (!artefact.has) return false;
  if (!has("R28")) return true;
  const Log& log = s.log;
  if (artefact.epoch != worker.epoch || log.epoch != artefact.epoch) return false;
  if (artefact.seq < log.first || artefact.seq > log.seq) return false;
  if (log.records[artefact.seq].id != artefact.id) return false;
  return !isInvalidatedAfter(log, artefact.seq);
}

inline bool isNewer(const Entry& a, const Entry& b) {
  return !b.has || a.epoch > b.epoch || (a.epoch == b.epoch && a.seq >= b.seq);
}

// A tenant's record replaces those that it covers: an earlier one of its scope, or, when the tenant
// has too many, all of them, by one of all that is the tenant's.
inline void appendOfTenant(State& s, Scope scope) {
  Log& log = s.log;
  if (log.history != s.history && has("R35")) log.records[++log.seq] = {kBase, ++s.ids};
  log.history = s.history;
  uint8_t id = idAt(log, log.seq);
  bool widens = false;
  for (int i = log.first; i <= log.seq; i++)
    if (log.records[i].scope == kOurKey) {
      log.records[i] = {kDropped, 0};
      widens = true;
    }
  log.records[++log.seq] = {widens && has("R36") ? kOurKey : scope, id};
}

inline void append(State& s, int i, Invalidation what) {
  Replica& r = s.replicas[i];
  bool isOurs = what == kOfOurKey;
  s.invalidations--;
  r.invalidateResets = head(s, r.view);
  Scope scope = isOurs ? kOurKey : kOtherKey;
  if (world.tenants && what != kOfOtherKey) {
    appendOfTenant(s, scope);
  } else {
    s.log.seq++;
    s.log.records[s.log.seq] = {scope, ++s.ids};
  }
  if (isOurs) s.invalidated++;
  r.invalidateView = pageOf(s.log, r.view, r.invalidateResets);
  r.invalidate = kInLog;
  r.invalidateCount = isOurs ? s.invalidated : 0;
}

inline bool applyInvalidation(State& s, int i) {
  Replica& r = s.replicas[i];
  bool isCovered = apply(r, r.invalidateView, r.invalidateResets, r.sinceConfirmed);
  if (world.hasDisk && has("R8")) r.kept = r.view;
  r.invalidate = kNoInvalidate;
  r.invalidateView = View{};
  r.invalidateResets = r.invalidateCount = 0;
  return isCovered;
}

inline void acknowledge(State& s, Replica& r, uint8_t count) {
  if (!count) return;
  if (count > r.took) r.took = count;
  if (count <= s.acked) return;
  s.acked = count;
  s.ackedTicks = 0;
}

inline void forgetCatchUp(Replica& r) {
  r.catchUp = r.catchUpTicks = r.catchUpResets = r.catchUpIsFirst = 0;
  r.base = r.page = View{};
}

inline void restart(State& s, int i) {
  Replica& r = s.replicas[i];
  s.restarts--;
  Replica fresh{};
  fresh.disk = r.disk;
  fresh.kept = fresh.view = r.kept;
  fresh.sinceConfirmed = kTicksCap;
  fresh.took = r.took;
  fresh.isCut = r.isCut;
  bool isKept = r.kept.known && r.kept.epoch == r.view.epoch && r.kept.seq == r.view.seq;
  fresh.remembersLoss = r.remembersLoss && isKept;
  r = fresh;
  bool isRemembered = s.replicas[0].remembersLoss || s.replicas[1].remembersLoss;
  if (s.loss == kUndetected && !isRemembered) s.loss = kForgotten;
}

// Who remembers something that the log no longer holds?
inline void lose(State& s) {
  bool isRemembered = false;
  for (Replica& r : s.replicas) {
    r.remembersLoss = r.view.known && (!s.log.epoch || contradicts(s.log, r.view));
    isRemembered = isRemembered || r.remembersLoss;
  }
  if (s.acked || s.invalidated) s.loss = isRemembered ? kUndetected : kForgotten;
}

inline void read(State& s, Worker& worker) {
  if (!mayInherit(s, worker)) {
    worker = Worker{};
    return;
  }
  if (s.artefact.madeAfter < s.acked && s.loss == kNoLoss)
    violate("an answer was made of an artefact older than an acknowledged invalidation");
  if (s.artefact.madeAfter < worker.madeAfter) worker.madeAfter = s.artefact.madeAfter;
  worker.step = 2;
}

inline void ask(State& s, Worker& worker) {
  worker.step = 2;
  if (!has("R21") && s.log.epoch) {
    worker.epoch = s.log.epoch;
    worker.seq = s.log.seq;
    worker.id = s.log.records[s.log.seq].id;
  }
  if (!world.writeFence) return;
  if (s.log.epoch != worker.epoch || isInvalidatedAfter(s.log, worker.seq)) worker = Worker{};
}
