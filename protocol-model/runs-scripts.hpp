// The scripts of runs and jobs, each one atomic step: packages/jobs/src/lua.
#pragma once
#include "runs-state.hpp"

enum StartReply { kClosed, kBusy, kGo };

inline void endJob(State& s, int job, JobState state) {
  s.jobs[job].state = state;
  if (++s.jobs[job].outboxRows > 1) violate("a job has two outbox rows");
}

inline void closeRun(State& s, int run, RunState state) {
  s.runs[run].state = state;
  s.waits[run] = 0;
  if (s.current == run + 1 && has("R23")) s.current = 0;
}

// May this request be hurt by an invalidation? All but those of the other tenant.
inline bool isConcerned(int request) { return !world.tenants || request != 0; }

// Is the run's token older than an invalidation that concerns it, and who asks? `derived`: it is
// made of an artefact.
inline bool isFenced(const State& s, const Run& run, int request) {
  if (world.tenants && !has("R34")) return false;
  if (!isConcerned(request) && has("R34_OTHERS")) return false;
  return run.token < s.seq && (!world.derives || run.derived);
}

// What a result really is: older than the invalidations that were acknowledged before a request
// began?
inline bool isOlder(uint8_t token, uint8_t madeOf, const Request& request) {
  return (world.derives ? madeOf : token) < request.invalidationsBefore;
}

// `mustWait`: a new run is not handed over by this request.
inline void join(State& s, int job, bool noCache, bool mustWait) {
  Request& request = s.requests[job];
  if (s.jobs[job].state != kNoJob) violate("one job id was admitted twice");
  bool joins = s.current != 0;
  if (joins) {
    const Run& run = s.runs[s.current - 1];
    if (run.state != kOpen && has("JOIN_OPEN")) joins = false;
    if (run.begun && isFenced(s, run, job) && has("R15")) {
      if (!isConcerned(job)) violate("an invalidation of one tenant kept another from a run");
      joins = false;
    }
    if (run.begun && noCache && has("R16")) joins = false;
  }
  if (joins) {
    uint8_t run = s.current - 1;
    s.runs[run].waiters |= 1 << job;
    s.jobs[job] = {kJobOpen, run, 0};
    request.run = run;
    request.step = s.waits[run] ? kAdded : kJoined;
    return;
  }
  if (!noCache && s.last && has("R17")) {
    const Run& last = s.runs[s.last - 1];
    bool fenced = isFenced(s, last, job) && has("R18");
    if (fenced && !isConcerned(job))
      violate("an invalidation of one tenant took an answer from another");
    if (!fenced) {
      if (isOlder(last.token, last.madeOf, request))
        violate("JOIN answered from a finished run older than an acknowledged invalidation");
      request.step = kHit;
      return;
    }
  }
  uint8_t run = 0;
  while (run < kRuns && s.runs[run].state != kFree) run++;
  if (run == kRuns) return violate("the model is out of runs");
  s.runs[run] = Run{};
  s.runs[run].state = kOpen;
  s.runs[run].waiters = 1 << job;
  s.current = run + 1;
  s.jobs[job] = {kJobOpen, run, 0};
  request.run = run;
  s.waits[run] = mustWait;
  request.step = mustWait ? kAdded : kJoined;
}

// CANCEL and EXPIRE.
inline void leave(State& s, int job, JobState state) {
  endJob(s, job, state);
  int run = s.jobs[job].run;
  s.runs[run].waiters &= ~(1 << job);
  bool isUnwanted = s.runs[run].waiters == 0 || !has("R26");
  if (s.runs[run].state == kOpen && isUnwanted) closeRun(s, run, kCanceled);
}

// FINALISE for `worker`'s attempt, and the part of START that fails a run.
inline void publish(State& s, int runNumber, const Worker& worker, bool failed) {
  Run& run = s.runs[runNumber];
  if (++run.published > 1) violate("a run was published twice");
  if (run.state != kOpen) violate("a closed run was published");
  for (int job = 0; job < kJobs; job++) {
    if (!(run.waiters >> job & 1)) continue;
    const Request& request = s.requests[job];
    if (s.jobs[job].state != kJobOpen) {
      if (has("R24")) violate("a finished job is finished again");
      continue;
    }
    if (!failed && isOlder(worker.token, worker.madeOf, request))
      violate("a job got a result older than an invalidation acknowledged before it asked");
    bool noCache = world.lastIsNoCache && job == 2;
    if (!failed && noCache && worker.startNumber <= request.startsBefore)
      violate("a no-cache job got a computation that had begun before it asked");
    endJob(s, job, failed ? kJobFailed : kJobSucceeded);
  }
  run.waiters = 0;
  closeRun(s, runNumber, failed ? kFailed : kSucceeded);
  if (failed) return;
  // What is invalidated for everybody is not stored. What one tenant invalidated is for the others.
  if (world.tenants && worker.token < s.seq && !has("R34_STAYS")) s.hasEntry = 0;
  s.last = runNumber + 1;
  run.token = worker.token;
  run.startNumber = worker.startNumber;
  run.madeOf = worker.madeOf;
}

inline void finalise(State& s, const Worker& worker, bool failed) {
  const Run& run = s.runs[worker.run];
  if (run.state != kOpen && has("R24")) return;
  if (run.attempt != worker.attempt && has("R25")) return;
  publish(s, worker.run, worker, failed);
}

inline bool isPoisoned(const Run& run, int silences) {
  return run.deaths >= kMaxTries || silences > kMaxLost;
}

// `failed`: the attempt that the caller itself saw fail, or 0. The caller may write what GO tells
// it.
inline StartReply start(State& s, Worker& worker, uint8_t failed) {
  Run& run = s.runs[worker.run];
  if (run.state != kOpen && has("R19")) return kClosed;
  bool isFailure = failed && (run.attempt == failed || !has("FAILED_IS_CURRENT"));
  bool isReturned = run.begun && run.heartbeat == kReleased;
  bool isSilent = run.begun && !isReturned && !isFailure;
  if (isSilent && run.heartbeat == kYoung && has("R20")) return kBusy;
  if (!run.begun + isFailure + isSilent + isReturned != 1)
    violate("an attempt counts twice, or not");
  uint8_t tries = run.tries + (isFailure || (isSilent && !has("LOST_IS_NO_TRY")));
  uint8_t lost = run.lost + isSilent;
  uint8_t silences = run.silences + isSilent;
  if (tries >= kMaxTries || (lost > kMaxLost && has("LOST_IS_BOUNDED"))) {
    if (!isPoisoned(run, silences)) violate("a run failed for what its model did not do");
    publish(s, worker.run, worker, true);
    return kClosed;
  }
  if (silences > kMaxLost) violate("a run was taken over too often");
  if (run.state != kOpen) violate("a slot was started for a closed run");
  run.tries = tries;
  run.lost = lost;
  run.silences = silences;
  run.attempt++;
  run.begun = 1;
  run.token = s.seq;
  run.startNumber = ++s.startNumber;
  run.heartbeat = kYoung;
  if (++s.starts > 1 && world.isFaultless) violate("one key was computed twice without any fault");
  uint8_t number = worker.run;
  worker = Worker{};
  worker.step = kComputing;
  worker.run = number;
  worker.attempt = run.attempt;
  worker.tries = run.tries + 1;
  worker.token = run.token;
  worker.startNumber = run.startNumber;
  worker.madeOf = kOfNothing;
  return kGo;
}

// May the attempt use the artefact? Judged by the log as it is now, not as it was at START.
inline void inheritScopes(State& s, Worker& worker) {
  Run& run = s.runs[worker.run];
  worker.hasAsked = 1;
  if (run.state != kOpen || run.attempt != worker.attempt) return;
  if (s.artefactToken < (has("R28") ? s.seq : worker.token)) return;
  worker.derived = 1;
  worker.madeOf = s.artefactToken;
  if (has("R28_RUN")) run.derived = 1;
}

inline void release(State& s, const Worker& worker) {
  Run& run = s.runs[worker.run];
  if (run.state != kOpen) return;
  if (run.attempt != worker.attempt && has("RELEASE_IS_OWN")) return;
  if (run.heartbeat == kReleased && has("RELEASE_ONCE")) return;
  run.heartbeat = kReleased;
  run.tries += worker.sawFailure;
}

inline bool isWorkingOn(const State& s, int worker, int run) {
  const Worker& w = s.workers[worker];
  return w.step >= kComputing && w.step <= kWritten && w.run == run &&
         w.attempt == s.runs[run].attempt;
}

inline void completeDelivery(State& s, int worker) {
  int run = s.workers[worker].run;
  if (s.lock[run] == worker + 1) s.delivery[run] = s.lock[run] = 0;
  s.workers[worker] = Worker{};
}

// By the log itself: copies of it that lag are the subject of log.cpp.
inline void lookUp(State& s, int i, bool noCache) {
  Request& request = s.requests[i];
  request.invalidationsBefore = isConcerned(i) ? s.acknowledged : 0;
  request.startsBefore = s.startNumber;
  bool concerns = !world.derives || s.entryDerived;
  bool isFloorAbove = s.entryToken < s.acknowledged && (isConcerned(i) || !has("R34_OTHERS"));
  if (world.tenants && !has("R34")) isFloorAbove = false;
  bool isServable = s.hasEntry && (!isFloorAbove || !concerns);
  if (!isServable && (s.hasEntry || s.wasStored) && !isConcerned(i))
    violate("an invalidation of one tenant took an answer from another");
  if (!isServable && isFloorAbove && world.tenants && !has("R34_STAYS")) s.hasEntry = 0;
  request.step = !noCache && isServable ? kHit : kMissed;
  if (request.step == kHit && isOlder(s.entryToken, s.entryMadeOf, request))
    violate("a look-up found an entry older than an acknowledged invalidation");
}

inline void write(State& s, int w) {
  Worker& worker = s.workers[w];
  worker.step = kWritten;
  bool isNewer = !s.hasEntry || s.entryToken < worker.token ||
                 (s.entryToken == worker.token && s.entryStart <= worker.startNumber);
  if (world.derives && !worker.derived && s.artefactToken < worker.token)
    s.artefactToken = worker.token;
  if (!isNewer && has("R27")) return;
  if (s.hasEntry && s.entryStart > worker.startNumber)
    violate("an older computation replaced a newer entry");
  s.hasEntry = 1;
  s.wasStored = world.tenants;
  s.entryToken = worker.token;
  s.entryStart = worker.startNumber;
  s.entryDerived = worker.derived && has("R28_ENTRY");
  s.entryMadeOf = worker.madeOf;
}

inline void begin(State& s, int w, uint8_t failed) {
  int run = s.workers[w].run;
  bool isComputed = false;
  for (int other = 0; other < kWorkers; other++)
    if (other != w && isWorkingOn(s, other, run)) isComputed = true;
  if (start(s, s.workers[w], failed) != kGo) return completeDelivery(s, w);
  if (isComputed && !world.hasPauses) violate("two live slots compute one run");
}
