// Forgets what no later step looks at, so that equal futures are one state.
#pragma once
#include "runs-state.hpp"

inline void tidy(State& s) {
  if (!world.isFaultless) s.starts = 0;
  if (!world.lastIsNoCache) {
    s.startNumber = s.entryStart = 0;
    for (Run& run : s.runs) run.startNumber = 0;
    for (Worker& worker : s.workers) worker.startNumber = 0;
  }
  if (!world.derives) {
    s.entryMadeOf = 0;
    for (Run& run : s.runs) run.madeOf = 0;
    for (Worker& worker : s.workers) worker.madeOf = 0;
  }
  for (int i = 0; i < kJobs; i++) {
    Request& request = s.requests[i];
    bool isOver = request.step == kHit || request.step == kApiCrashed || request.step == kAccepted;
    if (isOver && s.jobs[i].state != kJobOpen)
      request.invalidationsBefore = request.startsBefore = 0;
    if (request.step == kHit) request.run = 0;
    if (request.step == kBegins) request = Request{};
    if (isOver && s.jobs[i].state > kJobOpen && has("R24")) s.jobs[i].run = 0;
  }
  for (int i = 0; i < kRuns; i++) {
    Run& run = s.runs[i];
    if (run.state <= kOpen || !has("R24") || !has("R19")) continue;
    Run closed{};
    closed.state = run.state;
    if (s.last == i + 1) {
      closed.token = run.token;
      closed.startNumber = run.startNumber;
      closed.derived = run.derived;
      closed.madeOf = run.madeOf;
    }
    run = closed;
  }
}
