// The invalidation log, the tiers, and the rule by which an entry is judged when it is read. No
// script sees both servers, pub/sub never delivers, and time is counted in ticks: a lease is one.
#include "explorer.hpp"
#include "log-steps.hpp"

struct LogModel {
  template <class Emit>
  void steps(const State& state, Emit emit) {
    LogSteps<Emit> all{state, emit};
    for (int i = 0; i < kReplicas; i++) all.replica(i);
    all.time();
    for (int i = 0; i < (world.oneWorker ? 1 : kWorkers); i++) all.worker(i);
    all.queueRedis();
  }

  const char* broken(const State& s) {
    if (violation) return violation;
    for (const Replica& r : s.replicas)
      for (const Entry* entry : {&r.memory, &s.cache, &r.disk}) {
        if (!isServable(*entry, r.view)) continue;
        if (entry->madeAfter < r.took && s.loss != kForgotten)
          return "the replica that took an invalidation serves the old entry";
        bool isVerified = r.sinceConfirmed <= kLeaseTicks || !has("R13");
        if (isVerified && entry->madeAfter < s.ackedLongAgo && s.loss == kNoLoss)
          return "a verified answer is older than an invalidation acknowledged a lease ago";
      }
    // Nothing was lost: whatever was computed is there for the tenant that has invalidated nothing.
    if (world.tenants && !s.dumps && !s.isDumped)
      for (const Replica& r : s.replicas)
        for (const Entry* entry : {&r.memory, &s.cache})
          if (entry->has && entry->seq <= r.view.seq && !isServable(*entry, r.view, true))
            return "an invalidation of one tenant took an entry from another";
    return nullptr;
  }

  // Every view has caught up, and nobody is at work.
  bool isGoodEnd(const State& s) {
    for (const Replica& r : s.replicas) {
      if (r.isCut || r.sinceConfirmed > kLeaseTicks || !r.view.known) return false;
      if (r.view.epoch != s.log.epoch || r.view.seq != s.log.seq) return false;
    }
    for (const Worker& worker : s.workers)
      if (worker.step) return false;
    return true;
  }

  void printStep(uint16_t action) { printf("%s %d", kActionNames[action >> 4], action & 15); }
  void printState(const State& s) { print(s); }
};

static State initialState() {
  State s;
  memset(&s, 0, sizeof s);
  s.log.epoch = s.maxEpoch = s.ids = 1;
  s.log.records[0] = {kBase, 1};
  for (Replica& r : s.replicas) {
    r.view.known = r.view.epoch = r.view.ids[0] = 1;
    r.sinceConfirmed = kTicksCap;
  }
  s.history = s.log.history = 1;
  s.computations = 1;
  s.invalidations = 1;
  return s;
}

static bool setFaults(State& s) {
  const std::string& name = options.world;
  if (name == "lag") {
    s.cuts = 1;
  } else if (name == "lag2") {
    s.invalidations = 2;
  } else if (name == "race" || name == "writefence") {
    s.computations = 2;
    world.writeFence = name == "writefence";
  } else if (name == "restart") {
    s.restarts = 2, s.cuts = 1;
  } else if (name == "lose") {
    s.losses = 1, s.invalidations = 2;
    world.bothInvalidate = true;
  } else if (name == "flush") {
    s.flushes = 1, s.cuts = 1;
  } else if (name == "flushclock") {
    s.flushes = 1, s.clockIsBehind = 1;
    s.log.epoch = s.maxEpoch = 3;
    for (Replica& r : s.replicas) r.view.epoch = 3;
  } else if (name == "restore") {
    s.dumps = 1, s.flushes = 1;
  } else if (name == "trim") {
    s.trims = 2, s.invalidations = 2;
  } else if (name == "tenants") {
    s.invalidations = 2;
    world.tenants = true;
  } else if (name == "tenantsrestore") {
    s.invalidations = 2, s.dumps = 1;
    world.tenants = world.restores = world.bothInvalidate = true;
  } else if (name == "derive") {
    s.computations = 2;
    world.derives = true;
  } else {
    return false;
  }
  world.hasDisk = s.restarts > 0;
  world.hasMemory = s.computations > 1 || world.hasDisk;
  world.oneWorker = s.computations == 1;
  if (world.hasDisk)
    for (Replica& r : s.replicas) r.kept = r.view;
  return true;
}

int main(int argc, char** argv) {
  options = parseOptions(argc, argv,
                         {"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12",
                          "R13", "R21", "R28", "R34", "R35", "R35_DROPPED", "R36", "EPOCH_MATCH"});
  State initial = initialState();
  if (!setFaults(initial)) {
    fprintf(stderr, "no world is called \"%s\"\n", options.world.c_str());
    return 2;
  }
  LogModel model;
  return Explorer<State, LogModel>(options, options.title("log"), model).explore(initial);
}
