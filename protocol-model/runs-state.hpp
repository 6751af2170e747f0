// The state of the runs' model: one key on the queue Redis, with its runs, jobs, requests and
// workers.
#pragma once
#include <cstdint>
#include <cstdio>

#include "options.hpp"

enum { kJobs = 3, kRuns = 3, kWorkers = 2 };
enum { kMaxTries = 3, kMaxLost = 2 };  // the product allows 20 lost owners

enum RunState : uint8_t { kFree, kOpen, kSucceeded, kCanceled, kFailed };
enum Heartbeat : uint8_t { kReleased, kOld, kYoung };
enum JobState : uint8_t { kNoJob, kJobOpen, kJobSucceeded, kJobCanceled, kJobExpired, kJobFailed };
enum RequestStep : uint8_t { kBegins, kMissed, kJoined, kAdded, kAccepted, kApiCrashed, kHit };
enum WorkerStep : uint8_t {
  kIdle,
  kTaken,
  kComputing,
  kComputed,
  kWritten,
  kFinalised,
  kRetrying,
  kReturned
};
enum Delivery : uint8_t { kAbsent, kWaiting, kActive };  // a BullMQ job
enum : uint8_t { kNobody = 0, kDead = 9 };  // holders of a BullMQ lock; else worker + 1
enum : uint8_t { kOfNothing = 9 };          // made of no artefact

struct Run {
  uint8_t state, begun, attempt, tries, lost;
  uint8_t token, startNumber, heartbeat, waiters, derived;
  uint8_t published, deaths, silences, madeOf;  // what really happened; no script reads these
};
struct Job {
  uint8_t state, run, outboxRows;
};
struct Request {
  uint8_t step;
  uint8_t invalidationsBefore, startsBefore;  // acknowledged, and made, when the request began
  uint8_t run;
};
struct Worker {
  uint8_t step, run, attempt, tries, token, startNumber, paused, sawFailure;
  uint8_t hasAsked, derived, madeOf;  // of INHERIT SCOPES
};
struct State {
  uint8_t current, last, seq, startNumber, starts;  // the key's open run and last success, plus 1
  Run runs[kRuns];
  uint8_t delivery[kRuns], lock[kRuns];
  uint8_t waits[kRuns], inHand[kRuns];  // not in BullMQ yet; taken from the list, not added yet
  Job jobs[kJobs];
  Request requests[kJobs];
  Worker workers[kWorkers];
  uint8_t hasEntry, entryToken, entryStart, entryDerived, entryMadeOf;
  uint8_t artefactToken;
  uint8_t wasStored;  // in the world `tenants`: an entry was written, whatever became of it
  uint8_t acknowledged;  // invalidations
  // How much of each fault may still happen.
  uint8_t invalidations, cancels, workerCrashes, apiCrashes, falseStalls, pauses, vanishings,
      expiries;
  uint8_t lostReplies, deaths, stops;
};

// What is the same in all states of one world.
struct World {
  bool lastIsNoCache;  // the last request asks for a new computation
  bool isFaultless;
  bool hasPauses;
  bool hasList;  // BullMQ may have as many runs as it should, so that a new one waits
  bool tenants;  // request 1 and 2 are of one tenant, whose invalidations are its own; 0 of another
  bool derives;  // results are made of an artefact, and invalidations are of the artefact
};

inline Options options;
inline World world;

inline bool has(const char* guard) { return options.has(guard); }

inline void print(const State& s) {
  printf("      current=%d last=%d seq=%d acknowledged=%d", s.current, s.last, s.seq,
         s.acknowledged);
  for (int i = 0; i < kRuns; i++) {
    const Run& run = s.runs[i];
    if (run.state == kFree) continue;
    printf("\n      run %d: state=%d begun=%d attempt=%d tries=%d lost=%d token=%d heartbeat=%d", i,
           run.state, run.begun, run.attempt, run.tries, run.lost, run.token, run.heartbeat);
    printf(" waiters=%x derived=%d published=%d waits=%d delivery=%d lock=%d", run.waiters,
           run.derived, run.published, s.waits[i], s.delivery[i], s.lock[i]);
  }
  for (int i = 0; i < kJobs; i++) {
    const Job& job = s.jobs[i];
    if (job.state != kNoJob)
      printf("\n      job %d: state=%d run=%d rows=%d", i, job.state, job.run, job.outboxRows);
  }
  for (int i = 0; i < kWorkers; i++) {
    const Worker& worker = s.workers[i];
    printf("\n      worker %d: step=%d run=%d attempt=%d paused=%d", i, worker.step, worker.run,
           worker.attempt, worker.paused);
  }
  printf("\n");
}
