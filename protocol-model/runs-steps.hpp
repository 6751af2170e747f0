// Every step of the runs' model: requests, clients, workers, and what time and BullMQ do.
#pragma once
#include "runs-actions.hpp"
#include "runs-scripts.hpp"
#include "runs-tidy.hpp"

template <class Emit>
struct Steps {
  const State& now;
  Emit& emit;

  template <class Change>
  void step(Action action, int index, bool isFault, Change change) {
    State next = now;
    change(next);
    tidy(next);
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

  void request(int i) {
    const Request& request = now.requests[i];
    bool noCache = i == 2 && world.lastIsNoCache;
    if (request.step == kBegins) step(kLookUp, i, [&](State& s) { lookUp(s, i, noCache); });
    if (request.step == kMissed) {
      bool isRepeated = now.jobs[i].state != kNoJob && has("R14");
      for (bool mustWait : {false, true})
        if (!mustWait || (world.hasList && !isRepeated))
          step(kJoin, i, [&](State& s) {
            if (isRepeated)
              s.requests[i].step = s.waits[request.run] ? kAdded : kJoined;
            else
              join(s, i, noCache, mustWait);
          });
    }
    if (request.step == kJoined) {
      if (now.lostReplies)
        fault(kJoinAgain, i, [&](State& s) {
          s.lostReplies--;
          s.requests[i].step = kMissed;
        });
      // It may be done late: the run can be closed by then.
      step(kAdd, i, [&](State& s) {
        if (s.delivery[request.run] == kAbsent) s.delivery[request.run] = kWaiting;
        s.requests[i].step = kAdded;
      });
    }
    if (request.step == kAdded) step(kAccept, i, [&](State& s) { s.requests[i].step = kAccepted; });
    if (request.step >= kMissed && request.step <= kAdded && now.apiCrashes)
      fault(kCrashApi, i, [&](State& s) {
        s.apiCrashes--;
        s.requests[i].step = kApiCrashed;
      });
  }

  void clients() {
    if (now.invalidations)
      fault(kInvalidate, 0, [](State& s) {
        s.invalidations--;
        s.seq++;
      });
    if (now.acknowledged < now.seq) step(kAcknowledge, 0, [](State& s) { s.acknowledged = s.seq; });
    if (now.cancels && now.requests[0].step == kAccepted && now.jobs[0].state == kJobOpen)
      fault(kCancel, 0, [](State& s) {
        s.cancels = 0;
        leave(s, 0, kJobCanceled);
      });
    for (int job = 0; job < kJobs && now.expiries; job++)
      if (now.jobs[job].state == kJobOpen)
        fault(kExpire, job, [&](State& s) {
          s.expiries--;
          leave(s, job, kJobExpired);
        });
  }

  void worker(int w) {
    const Worker& worker = now.workers[w];
    if (worker.step != kIdle && now.workerCrashes)
      fault(kCrashWorker, w, [&](State& s) {
        s.workerCrashes--;
        for (uint8_t& holder : s.lock)
          if (holder == w + 1) holder = kDead;
        s.workers[w] = Worker{};
      });
    if (worker.paused) return step(kResume, w, [&](State& s) { s.workers[w].paused = 0; });
    if (worker.step != kIdle && now.pauses)
      fault(kPause, w, [&](State& s) {
        s.pauses--;
        s.workers[w].paused = 1;
      });
    if (worker.step == kIdle) take(w);
    if (worker.step == kTaken) step(kStart, w, [&](State& s) { begin(s, w, 0); });
    if (worker.step == kComputing) computing(w);
    if (worker.step == kComputed) step(kWrite, w, [&](State& s) { write(s, w); });
    if (worker.step == kWritten)
      step(kFinalise, w, [&](State& s) {
        finalise(s, s.workers[w], false);
        s.workers[w].step = kFinalised;
      });
    if (worker.step == kFinalised) {
      if (now.lostReplies)
        fault(kFinaliseAgain, w, [&](State& s) {
          s.lostReplies--;
          s.workers[w].step = kWritten;
        });
      step(kComplete, w, [&](State& s) { completeDelivery(s, w); });
    }
    if (worker.step == kRetrying) retrying(w);
    if (worker.step == kReturned) returned(w);
  }

  void take(int w) {
    for (uint8_t run = 0; run < kRuns; run++)
      if (now.delivery[run] == kWaiting)
        step(kTake, w, [&](State& s) {
          s.delivery[run] = kActive;
          s.lock[run] = w + 1;
          s.workers[w] = Worker{};
          s.workers[w].step = kTaken;
          s.workers[w].run = run;
        });
  }

  void computing(int w) {
    const Worker& worker = now.workers[w];
    const Run& run = now.runs[worker.run];
    bool isCurrent = run.state == kOpen && run.attempt == worker.attempt;
    if (!isCurrent && has("R22")) step(kStop, w, [&](State& s) { completeDelivery(s, w); });
    if (isCurrent && run.heartbeat == kOld)
      step(kBeat, w, [&](State& s) { s.runs[worker.run].heartbeat = kYoung; });
    if (now.deaths)
      fault(kDie, w, [&](State& s) {
        s.deaths--;
        if (isCurrent) s.runs[worker.run].deaths++;
        s.workers[w].step = kRetrying;
        s.workers[w].sawFailure = 1;
      });
    if (now.stops)
      fault(kRelease, w, [&](State& s) {
        s.stops--;
        release(s, s.workers[w]);
        s.workers[w].step = kReturned;
      });
    if (world.derives && !worker.hasAsked)
      return step(kInheritScopes, w, [&](State& s) { inheritScopes(s, s.workers[w]); });
    // The computation of a canceled run never ends by itself (say, an endless loop).
    if (run.state != kCanceled) step(kCompute, w, [&](State& s) { s.workers[w].step = kComputed; });
  }

  // Its slot has died, in this worker.
  void retrying(int w) {
    const Worker& worker = now.workers[w];
    if (worker.tries >= kMaxTries)
      step(kFinalise, w, [&](State& s) {
        const Run& run = s.runs[worker.run];
        bool isCurrent = run.state == kOpen && run.attempt == worker.attempt;
        if (isCurrent && !isPoisoned(run, run.silences))
          violate("a run failed for what its model did not do");
        finalise(s, worker, true);
        s.workers[w].step = kFinalised;
      });
    else
      step(kStart, w, [&](State& s) { begin(s, w, worker.attempt); });
    if (now.stops)
      fault(kRelease, w, [&](State& s) {
        s.stops--;
        release(s, worker);
        s.workers[w].step = kReturned;
      });
  }

  // It has released the run. What it does with BullMQ's job depends on why.
  void returned(int w) {
    const Worker& worker = now.workers[w];
    if (now.lostReplies)
      fault(kReleaseAgain, w, [&](State& s) {
        s.lostReplies--;
        release(s, worker);
      });
    step(kGiveBack, w, [&](State& s) {
      if (s.lock[worker.run] == w + 1) {
        s.delivery[worker.run] = kWaiting;
        s.lock[worker.run] = kNobody;
      }
      s.workers[w] = Worker{};
    });
    step(kComplete, w, [&](State& s) { completeDelivery(s, w); });
    if (!worker.sawFailure) step(kRetryAlone, w, [&](State& s) { s.workers[w].step = kTaken; });
  }

  // Time, BullMQ, and the reconciler.
  void upkeep(int run) {
    if (now.runs[run].heartbeat == kYoung) {
      bool isBeating = false;
      for (int w = 0; w < kWorkers; w++)
        if (isWorkingOn(now, w, run) && !now.workers[w].paused) isBeating = true;
      if (!isBeating) step(kGrowOld, run, [&](State& s) { s.runs[run].heartbeat = kOld; });
    }
    auto stall = [&](State& s) {
      s.delivery[run] = kWaiting;
      s.lock[run] = kNobody;
    };
    if (now.delivery[run] == kActive) {
      uint8_t holder = now.lock[run];
      bool isDead = holder == kDead || holder == kNobody;
      if (isDead || now.workers[holder - 1].paused)
        step(kStall, run, stall);
      else if (now.falseStalls)
        fault(kStall, run, [&](State& s) {
          s.falseStalls--;
          stall(s);
        });
    }
    if (now.delivery[run] != kAbsent && now.vanishings)
      fault(kVanish, run, [&](State& s) {
        s.vanishings--;
        s.delivery[run] = kAbsent;
        s.lock[run] = kNobody;
      });
    if (now.waits[run] && has("R32"))
      step(kHandNext, run, [&](State& s) {
        s.waits[run] = 0;
        s.inHand[run] = 1;
      });
    if (now.inHand[run]) {
      step(kAddHanded, run, [&](State& s) {
        s.inHand[run] = 0;
        if (s.delivery[run] == kAbsent) s.delivery[run] = kWaiting;
      });
      if (now.apiCrashes)
        fault(kCrashHanding, run, [&](State& s) {
          s.apiCrashes--;
          s.inHand[run] = 0;
        });
    }
    bool isMissing = now.delivery[run] == kAbsent && !now.waits[run];
    if (now.runs[run].state == kOpen && isMissing && has("R31"))
      step(kReconcile, run, [&](State& s) { s.delivery[run] = kWaiting; });
  }
};
