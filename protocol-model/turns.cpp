// Whose run BullMQ gets next: two tenants, and runs that they open, join and cancel for ever. A
// tenant's turn is a time on a virtual clock; a run that is handed over moves its tenant's turn on by
// its cost over the tenant's weight. A tenant that waits must soon get one, whatever the other does.
#include "explorer.hpp"

enum { kTenants = 2, kRuns = 4, kMostPassed = 3 };
enum : int8_t { kLongAgo = -8 };  // turns are relative to the clock; this one stands for all before it
enum Stage : uint8_t { kFree, kWaits, kInHand, kInBullMq, kLost };

// A run costs 2; the tenants' weights are 2 and 1.
static const int8_t kStep[kTenants] = {1, 2};

struct Run {
  uint8_t stage, age;  // age: how many open runs are older
  uint8_t lists;       // by tenant, a bit each: the lists it waits in
  uint8_t wanted;      // by tenant, a bit each
};
struct State {
  Run runs[kRuns];
  uint8_t isKnown[kTenants];  // it has a turn
  int8_t turn[kTenants];
  uint8_t passed[kTenants];  // runs that the other one got since it waits
  uint8_t crashes;
};

static Options options;
static int room = 1;  // for so many runs in BullMQ
static bool has(const char* guard) { return options.has(guard); }

enum Action { kOpen, kJoin, kCancel, kHandNext, kAdd, kCrash, kReconcile, kEnd };
static const char* kActionNames[] = {
    "JOIN opens (2 x run + tenant)",
    "JOIN joins (2 x run + tenant)",
    "CANCEL (2 x run + tenant)",
    "a process takes the next run; of any, tenant",
    "queue.add of run",
    "a process crashes that had taken run",
    "reconciler adds run",
    "the end of run",
};

static int waitingOf(const State& s, int tenant) {
  int count = 0;
  for (const Run& run : s.runs) count += run.lists >> tenant & 1;
  return count;
}

static bool hasRoom(const State& s) {
  int taken = 0;
  for (const Run& run : s.runs) taken += run.stage > kWaits;
  return taken < room;
}

static void close(State& s, Run& run) {
  for (Run& other : s.runs)
    if (other.stage && other.age > run.age) other.age--;
  run = Run{};
}

// The turn that a tenant would have.
static int8_t turnOf(const State& s, int tenant) {
  if (!s.isKnown[tenant]) return 0;
  return s.turn[tenant] < 0 && has("R33_CLOCK") ? 0 : s.turn[tenant];
}

static void enterList(State& s, Run& run, int tenant) {
  s.turn[tenant] = turnOf(s, tenant);
  s.isKnown[tenant] = 1;
  run.lists |= 1 << tenant;
}

// When the run would be handed over, were it in the tenant's list.
static int comesAt(const State& s, const Run& run, int tenant) {
  int before = 0;
  for (const Run& other : s.runs) before += (other.lists >> tenant & 1) && other.age < run.age;
  return turnOf(s, tenant) + before * kStep[tenant];
}

// The tenant whose turn it is, or -1. One that does not wait is forgotten once the others have had
// as much.
static int nextTenant(State& s) {
  for (;;) {
    int first = -1;
    for (int t = 0; t < kTenants; t++) {
      bool mayBe = s.isKnown[t] && (waitingOf(s, t) || has("R33_CLOCK"));
      if (mayBe && (first < 0 || s.turn[t] < s.turn[first])) first = t;
    }
    if (first < 0 || waitingOf(s, first)) return first;
    s.isKnown[first] = s.turn[first] = 0;
  }
}

static void hand(State& s, int tenant) {
  Run* next = nullptr;
  for (Run& run : s.runs)
    if ((run.lists >> tenant & 1) && (!next || run.age < next->age)) next = &run;
  if (next->stage != kWaits) violate("a run was handed over twice");
  next->stage = kInHand;
  next->lists &= ~(1 << tenant);
  int8_t now = s.turn[tenant];
  for (int t = 0; t < kTenants; t++) {
    if (!s.isKnown[t]) continue;
    int8_t turn = s.turn[t] - now;  // the clock is 0 again
    s.turn[t] = turn < kLongAgo ? kLongAgo : turn;
    if (t != tenant && waitingOf(s, t) && ++s.passed[t] > kMostPassed)
      violate("a tenant waits while the other one gets more than its share");
  }
  s.turn[tenant] = kStep[tenant];
  s.passed[tenant] = 0;
  if (!waitingOf(s, tenant) && !has("R33_MEMORY")) s.isKnown[tenant] = s.turn[tenant] = 0;
}

struct TurnsModel {
  template <class Emit>
  void steps(const State& now, Emit emit) {
    auto step = [&](Action action, int index, bool isFault, auto change) {
      State next = now;
      change(next);
      for (int t = 0; t < kTenants; t++)
        if (!waitingOf(next, t)) next.passed[t] = 0;
      emit(next, static_cast<uint16_t>(action << 4 | index), isFault);
    };
    for (int t = 0; t < kTenants; t++) {
      for (int i = 0; i < kRuns; i++)
        if (now.runs[i].stage == kFree) {
          step(kOpen, i << 1 | t, true, [&](State& s) { open(s, s.runs[i], t); });
          break;
        }
      for (int i = 0; i < kRuns; i++) {
        const Run& run = now.runs[i];
        if (run.stage == kFree) continue;
        if (!(run.wanted >> t & 1))
          step(kJoin, i << 1 | t, true, [&](State& s) { join(s, s.runs[i], t); });
        if (run.wanted >> t & 1)
          step(kCancel, i << 1 | t, true, [&](State& s) {
            s.runs[i].wanted &= ~(1 << t);
            if (!s.runs[i].wanted) close(s, s.runs[i]);
          });
      }
    }
    if (hasRoom(now) && has("R33")) {
      State s = now;
      if (nextTenant(s) >= 0) step(kHandNext, 0, false, [](State& s) { hand(s, nextTenant(s)); });
    }
    for (int t = 0; t < kTenants && hasRoom(now) && !has("R33"); t++)
      if (waitingOf(now, t)) step(kHandNext, t, false, [&](State& s) { hand(s, t); });
    for (int i = 0; i < kRuns; i++) {
      uint8_t stage = now.runs[i].stage;
      auto add = [&](State& s) { s.runs[i].stage = kInBullMq; };
      if (stage == kInHand) step(kAdd, i, false, add);
      if (stage == kInHand && now.crashes)
        step(kCrash, i, true, [&](State& s) {
          s.crashes--;
          s.runs[i].stage = kLost;
        });
      if (stage == kLost && has("R31")) step(kReconcile, i, false, add);
      if (stage == kInBullMq) step(kEnd, i, false, [&](State& s) { close(s, s.runs[i]); });
    }
  }

  static void open(State& s, Run& run, int tenant) {
    run.age = 0;
    for (const Run& other : s.runs) run.age += other.stage != kFree;
    run.wanted = 1 << tenant;
    bool isAlone = hasRoom(s) && !waitingOf(s, 0) && !waitingOf(s, 1);
    run.stage = isAlone ? kInHand : kWaits;
    if (!isAlone) enterList(s, run, tenant);
  }

  static void join(State& s, Run& run, int tenant) {
    run.wanted |= 1 << tenant;
    int other = 1 - tenant;
    bool comesFirst = comesAt(s, run, tenant) < comesAt(s, run, other);
    if (run.stage != kWaits || run.lists >> tenant & 1 || !comesFirst) return;
    if (has("R33_MOVE")) run.lists = 0;
    enterList(s, run, tenant);
  }

  const char* broken(const State& s) {
    if (violation) return violation;
    for (const Run& run : s.runs)
      if (run.stage == kWaits && !run.lists) return "a run waits in no list";
    return nullptr;
  }

  bool isGoodEnd(const State& s) {
    for (const Run& run : s.runs)
      if (run.stage != kFree) return false;
    return true;
  }

  void printStep(uint16_t action) { printf("%s %d", kActionNames[action >> 4], action & 15); }

  void printState(const State& s) {
    for (int t = 0; t < kTenants; t++)
      printf("      tenant %d: known=%d turn=%d passed=%d\n", t, s.isKnown[t], s.turn[t],
             s.passed[t]);
    for (int i = 0; i < kRuns; i++)
      printf("      run %d: stage=%d age=%d lists=%x wanted=%x\n", i, s.runs[i].stage,
             s.runs[i].age, s.runs[i].lists, s.runs[i].wanted);
  }
};

int main(int argc, char** argv) {
  options = parseOptions(argc, argv, {"R31", "R33", "R33_CLOCK", "R33_MEMORY", "R33_MOVE"});
  State initial;
  memset(&initial, 0, sizeof initial);
  if (options.world == "crash") {
    initial.crashes = 1;
  } else if (options.world == "room") {
    room = 2;
  } else if (options.world != "plain") {
    fprintf(stderr, "no world is called \"%s\"\n", options.world.c_str());
    return 2;
  }
  TurnsModel model;
  return Explorer<State, TurnsModel>(options, options.title("turns"), model).explore(initial);
}
