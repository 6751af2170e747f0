// Every step of the log's model, in the order in which they are tried.
#pragma once
#include "log-actions.hpp"
#include "log-scripts.hpp"

template <class Emit>
struct LogSteps {
  const State& now;
  Emit& emit;

  template <class Change>
  void step(Action action, int index, bool isFault, Change change) {
    State next = now;
    change(next);
    emit(next, static_cast<uint16_t>(action << 4 | index), isFault);
  }
  template <class Change>
  void step(Action action, int index, Change change) {
    step(action, index, false, change);
  }
  template <class Change>
  void fault(Action action, int index, Change change) {
    step(action, index, true, change);
  }

  void replica(int i) {
    catchUp(i);
    invalidate(i);
    promote(i);
    const Replica& r = now.replicas[i];
    if (!r.isCut && now.cuts)
      fault(kCut, i, [&](State& s) {
        s.cuts--;
        s.replicas[i].isCut = 1;
      });
    if (r.isCut) step(kHeal, i, [&](State& s) { s.replicas[i].isCut = 0; });
    if (now.restarts && !r.invalidate) fault(kRestart, i, [&](State& s) { restart(s, i); });
  }

  void catchUp(int i) {
    const Replica& r = now.replicas[i];
    if (!r.catchUp && !r.isCut)
      step(kCatchUpSent, i, [&](State& s) {
        s.replicas[i].catchUp = kSent;
        s.replicas[i].catchUpTicks = 0;
        s.replicas[i].base = r.view;
      });
    if (r.catchUp == kSent && !r.isCut)
      step(kCatchUpExecuted, i, [&](State& s) {
        Replica& to = s.replicas[i];
        to.catchUpResets = head(s, r.base);
        to.page = pageOf(s.log, r.base, to.catchUpResets);
        to.catchUp = kExecuted;
        to.catchUpIsFirst = !r.invalidate;
      });
    // R6: replies of the one connection are applied in the order in which the server gave them.
    bool isNext = !has("R6") || r.catchUpIsFirst || !r.invalidate;
    if (r.catchUp == kExecuted && isNext)
      step(kCatchUpApplied, i, [&](State& s) {
        Replica& to = s.replicas[i];
        apply(to, r.page, r.catchUpResets, has("R5") ? r.catchUpTicks : 0);
        if (world.hasDisk) to.kept = to.view;
        forgetCatchUp(to);
      });
    if (r.catchUp && r.isCut)
      step(kCatchUpApplied, i, [&](State& s) { forgetCatchUp(s.replicas[i]); });
  }

  void invalidate(int i) {
    const Replica& r = now.replicas[i];
    bool mayInvalidate = now.invalidations && (i == 0 || world.bothInvalidate) && !r.isCut;
    bool isFree = !r.invalidate && (!has("R6") || r.catchUp != kSent);
    if (mayInvalidate && isFree && r.view.known)
      for (Invalidation what : {kOfOurKey, kOfOtherKey, kOfTenantsOtherKey}) {
        if (what == kOfTenantsOtherKey && !world.tenants) continue;
        // A smaller world: what is lost is of the tenant's other key, what comes after it of ours.
        if (world.restores && what != (i == 0 ? kOfTenantsOtherKey : kOfOurKey)) continue;
        step(what == kOfOurKey ? kInvalidateOurs : kInvalidateOther, i,
             [&](State& s) { append(s, i, what); });
      }
    bool isNext = !has("R6") || !(r.catchUp == kExecuted && r.catchUpIsFirst);
    if (r.invalidate == kInLog && has("R7") && isNext)
      step(kInvalidateApplied, i, [&](State& s) {
        bool isCovered = applyInvalidation(s, i);
        if (isCovered || !has("R9")) acknowledge(s, s.replicas[i], r.invalidateCount);
      });
    if (r.invalidate == kInLog && !has("R7"))
      step(kInvalidateAcked, i, [&](State& s) {
        acknowledge(s, s.replicas[i], r.invalidateCount);
        s.replicas[i].invalidate = kAckedUnapplied;
      });
    if (r.invalidate == kAckedUnapplied && isNext)
      step(kInvalidateApplied, i, [&](State& s) { applyInvalidation(s, i); });
  }

  // No check at all: the rule of the read alone must hold.
  void promote(int i) {
    const Replica& r = now.replicas[i];
    auto moves = [](const Entry& from, const Entry& to) {
      return from.has && isNewer(from, to) && memcmp(&from, &to, sizeof(Entry)) != 0;
    };
    if (world.hasMemory && moves(now.cache, r.memory))
      step(kToMemory, i, [&](State& s) { s.replicas[i].memory = now.cache; });
    if (!world.hasDisk) return;
    if (moves(r.memory, r.disk)) step(kToDisk, i, [&](State& s) { s.replicas[i].disk = r.memory; });
    if (r.disk.has && !r.memory.has)
      step(kFromDisk, i, [&](State& s) { s.replicas[i].memory = r.disk; });
  }

  void time() {
    State next = now;
    for (Replica& r : next.replicas) {
      if (r.sinceConfirmed < kTicksCap) r.sinceConfirmed++;
      if (r.catchUp && r.catchUpTicks < kTicksCap) r.catchUpTicks++;
    }
    if (next.acked > next.ackedLongAgo) {
      if (next.ackedTicks < kTicksCap) next.ackedTicks++;
      if (next.ackedTicks > kLeaseTicks) {
        next.ackedLongAgo = next.acked;
        next.ackedTicks = 0;
      }
    }
    if (next.loss == kDetected && ++next.sinceDetected > kLeaseTicks + 1) {
      next.loss = kNoLoss;
      next.sinceDetected = 0;
    }
    if (memcmp(&next, &now, sizeof(State)) != 0) step(kTick, 0, [&](State& s) { s = next; });
  }

  void worker(int w) {
    const Worker& worker = now.workers[w];
    if (worker.step == 0 && now.computations && now.log.epoch)
      for (uint8_t predicts = 0; predicts < (world.derives ? 2 : 1); predicts++)
        step(kStart, w, [&](State& s) {
          s.computations--;
          s.workers[w] = {
              1, s.log.epoch, s.log.seq, s.log.records[s.log.seq].id, s.invalidated, predicts};
        });
    if (worker.step == 1 && worker.predicts)
      step(kRead, w, [&](State& s) { read(s, s.workers[w]); });
    if (worker.step == 1 && !worker.predicts)
      step(kAsk, w, [&](State& s) { ask(s, s.workers[w]); });
    if (worker.step == 2)
      step(kWrite, w, [&](State& s) {
        Entry entry{1, worker.epoch, worker.seq, worker.id, worker.madeAfter};
        if (isNewer(entry, s.cache)) s.cache = entry;
        if (world.derives && !worker.predicts && isNewer(entry, s.artefact)) s.artefact = entry;
        s.workers[w] = Worker{};
      });
  }

  void queueRedis() {
    const Log& log = now.log;
    bool hasMore = log.epoch && log.seq > log.first;
    if (now.losses && hasMore && !now.loss)
      fault(kLose, 0, [](State& s) {
        s.losses--;
        s.log.records[s.log.seq] = Record{};
        s.log.seq--;
        lose(s);
      });
    if (now.flushes && log.epoch && !now.loss)
      fault(kFlush, 0, [](State& s) {
        s.flushes--;
        s.log = Log{};
        lose(s);
        if (s.loss) s.loss = kUndetected;
      });
    if (now.dumps && !now.isDumped && log.epoch)
      fault(kDump, 0, [](State& s) {
        s.isDumped = 1;
        s.dump = s.log;
      });
    bool differs = memcmp(&now.dump, &log, sizeof(Log)) != 0;
    if (now.dumps && now.isDumped == 1 && !now.loss && differs)
      fault(kRestore, 0, [](State& s) {
        s.dumps--;
        s.isDumped = 2;
        s.log = s.dump;
        s.history++;
        s.dump = Log{};
        lose(s);
      });
    if (now.trims && hasMore)
      fault(kTrim, 0, [](State& s) {
        s.trims--;
        do s.log.records[s.log.first++] = Record{};
        while (s.log.records[s.log.first].scope == kDropped);
      });
  }
};
