// Runs and jobs of one key. Every script is one step; whatever lies between two scripts may
// interleave with everything else. Pub/sub never delivers anything, which is the worst it can do.
#include "explorer.hpp"
#include "runs-steps.hpp"

struct RunsModel {
  template <class Emit>
  void steps(const State& state, Emit emit) {
    Steps<Emit> all{state, emit};
    for (int i = 0; i < kJobs; i++) all.request(i);
    all.clients();
    for (int i = 0; i < kWorkers; i++) all.worker(i);
    for (int i = 0; i < kRuns; i++) all.upkeep(i);
  }

  const char* broken(const State& s) {
    if (violation) return violation;
    if (s.current && s.runs[s.current - 1].state != kOpen && has("R23"))
      return "the key's open run is closed";
    for (int i = 0; i < kRuns; i++)
      for (const Job& job : s.jobs) {
        if (job.state != kJobOpen || job.run != i) continue;
        if (s.runs[i].state == kCanceled)
          return "a job that still wants its run lost it to somebody else's cancel";
        if (s.runs[i].state > kOpen) return "an open job hangs on a closed run";
      }
    for (int i = 0; i < kJobs; i++)
      if (s.requests[i].step == kAccepted && s.jobs[i].state == kNoJob)
        return "an acknowledged job has no record";
    return nullptr;
  }

  // Every job has ended without the help of its deadline, and nothing is left over.
  bool isGoodEnd(const State& s) {
    if (s.current && has("R23")) return false;
    for (int i = 0; i < kJobs; i++) {
      uint8_t step = s.requests[i].step;
      if (step != kAccepted && step != kApiCrashed && step != kHit) return false;
      if (s.jobs[i].state == kJobOpen) return false;
      if (s.jobs[i].state != kNoJob && s.jobs[i].outboxRows != 1) return false;
    }
    for (const Worker& worker : s.workers)
      if (worker.step != kIdle) return false;
    for (int i = 0; i < kRuns; i++)
      if (s.runs[i].state == kOpen || s.delivery[i] != kAbsent || s.inHand[i]) return false;
    return true;
  }

  void printStep(uint16_t action) { printf("%s %d", kActionNames[action >> 4], action & 15); }
  void printState(const State& s) { print(s); }
};

static bool setFaults(State& s) {
  const std::string& name = options.world;
  if (name == "plain") {
    world.isFaultless = true;
  } else if (name == "crash") {
    s.workerCrashes = 2, s.apiCrashes = 1;
  } else if (name == "zombie") {
    s.pauses = 1, s.falseStalls = 1, s.workerCrashes = 1, s.invalidations = 1;
  } else if (name == "cancel") {
    s.cancels = 1, s.expiries = 1, s.workerCrashes = 1, s.pauses = 1;
  } else if (name == "nocache") {
    world.lastIsNoCache = true;
    s.invalidations = 1, s.pauses = 1, s.apiCrashes = 1;
  } else if (name == "resend") {
    s.lostReplies = 2, s.workerCrashes = 1, s.apiCrashes = 1, s.cancels = 1;
  } else if (name == "vanish") {
    s.vanishings = 1, s.falseStalls = 1, s.workerCrashes = 1, s.apiCrashes = 1;
  } else if (name == "deaths") {
    s.deaths = 3, s.workerCrashes = 1, s.falseStalls = 1;
  } else if (name == "stops") {
    s.stops = 2, s.deaths = 2, s.workerCrashes = 1, s.vanishings = 1;
  } else if (name == "returns") {
    s.stops = 1, s.deaths = 2, s.falseStalls = 1, s.lostReplies = 1;
  } else if (name == "silence") {
    s.workerCrashes = 4, s.deaths = 1;
  } else if (name == "deadzombie") {
    s.deaths = 2, s.pauses = 1, s.falseStalls = 1, s.invalidations = 1;
  } else if (name == "window") {
    world.hasList = true;
    s.cancels = 1, s.workerCrashes = 1, s.apiCrashes = 1, s.lostReplies = 1;
  } else if (name == "tenants") {
    world.tenants = true;
    s.invalidations = 1, s.pauses = 1;
  } else if (name == "derive") {
    world.derives = true;
    s.invalidations = 1, s.pauses = 1;
  } else {
    return false;
  }
  world.hasPauses = s.pauses > 0;
  return true;
}

int main(int argc, char** argv) {
  options = parseOptions(argc, argv,
                         {"R14",
                          "R15",
                          "R16",
                          "R17",
                          "R18",
                          "R19",
                          "R20",
                          "R22",
                          "R23",
                          "R24",
                          "R25",
                          "R26",
                          "R27",
                          "R28",
                          "R28_RUN",
                          "R28_ENTRY",
                          "R31",
                          "R32",
                          "R34",
                          "R34_OTHERS",
                          "R34_STAYS",
                          "JOIN_OPEN",
                          "FAILED_IS_CURRENT",
                          "LOST_IS_NO_TRY",
                          "LOST_IS_BOUNDED",
                          "RELEASE_IS_OWN",
                          "RELEASE_ONCE"});
  State initial;
  memset(&initial, 0, sizeof initial);
  if (!setFaults(initial)) {
    fprintf(stderr, "no world is called \"%s\"\n", options.world.c_str());
    return 2;
  }
  if (options.requests == 2) initial.requests[world.lastIsNoCache ? 1 : 2].step = kHit;
  RunsModel model;
  return Explorer<State, RunsModel>(options, options.title("runs"), model).explore(initial);
}
