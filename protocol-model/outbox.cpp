// The outbox of webhooks. The script that ends a job writes its delivery's row. Workers take a row that
// is due under a lease, which they renew while they deliver. The row stays until the delivery is over;
// each decision about it makes a new version.
#include "explorer.hpp"

enum { kVersions = 3, kWorkers = 2 };
enum WorkerStep : uint8_t { kIdle, kTaken, kChecked, kAnswered };
enum DeliveryState : uint8_t { kNone, kPending, kDelivered };

struct Worker {
  uint8_t step, version;
  uint8_t isReceived;  // the receiver answered 200
  uint8_t isLate;      // the delivery was over, or decided, when its state was read
};
struct State {
  uint8_t row, isDue, version, state;
  Worker workers[kWorkers];
  uint8_t receipts, hasCrashed;
  uint8_t crashes, lateRenewals, refusals;
};

static Options options;

enum Action { kEndJob, kTake, kDue, kLease, kCheck, kSend, kRefuse, kSettle, kCrash };
static const char* kActionNames[] = {
    "a job ends, the row is written",
    "TAKE by worker",
    "the row is due again",
    "the lease ends that would have been renewed by worker",
    "state read by worker",
    "receiver answers 200 to worker",
    "receiver refuses worker",
    "SETTLE by worker",
    "worker crashes:",
};

template <class Emit>
struct Steps {
  const State& now;
  Emit& emit;

  template <class Change>
  void step(Action action, int index, bool isFault, Change change) {
    State next = now;
    change(next);
    emit(next, static_cast<uint16_t>(action << 4 | index), isFault);
  }

  bool isHeldBy(int w) const {
    return now.workers[w].step != kIdle && now.workers[w].version == now.version;
  }

  void outbox() {
    if (now.state == kNone)
      step(kEndJob, 0, false, [](State& s) {
        s.row = s.isDue = s.version = 1;
        s.state = kPending;
      });
    bool isHeld = false;
    for (int w = 0; w < kWorkers; w++) isHeld = isHeld || isHeldBy(w);
    if (now.row && !now.isDue && (!isHeld || !options.has("RENEW")))
      step(kDue, 0, false, [](State& s) { s.isDue = 1; });
  }

  void worker(int w) {
    const Worker& worker = now.workers[w];
    if (worker.step == kIdle && now.row && now.isDue)
      step(kTake, w, false, [&](State& s) {
        s.workers[w] = {kTaken, s.version, 0, 0};
        s.isDue = 0;
        if (!options.has("R29")) s.row = 0;
      });
    if (worker.step == kTaken)
      step(kCheck, w, false, [&](State& s) {
        bool isOver = s.state != kPending || s.version != s.workers[w].version;
        s.workers[w].isLate = isOver;
        s.workers[w].step = kChecked;
        if (isOver && options.has("R30")) s.workers[w] = Worker{};
      });
    if (worker.step == kChecked) {
      step(kSend, w, false, [&](State& s) {
        s.workers[w].step = kAnswered;
        s.workers[w].isReceived = 1;
        if (s.receipts < 2) s.receipts++;
        if (s.workers[w].isLate) violate("sent although it was over when its state was read");
        if (s.receipts > 1 && !s.hasCrashed)
          violate("received twice although nothing crashed between sending and settling");
      });
      if (now.refusals)
        step(kRefuse, w, true, [&](State& s) {
          s.refusals--;
          s.workers[w].step = kAnswered;
        });
    }
    if (worker.step == kAnswered) step(kSettle, w, false, [&](State& s) { settle(s, w); });
    if (worker.step == kIdle) return;
    if (now.crashes)
      step(kCrash, w, true, [&](State& s) {
        s.crashes--;
        s.hasCrashed = 1;
        s.workers[w] = Worker{};
      });
    if (now.lateRenewals && now.row && !now.isDue && isHeldBy(w))
      step(kLease, w, true, [](State& s) {
        s.lateRenewals--;
        s.hasCrashed = 1;
        s.isDue = 1;
      });
  }

  static void settle(State& s, int w) {
    Worker worker = s.workers[w];
    s.workers[w] = Worker{};
    bool isCurrent = s.state == kPending && s.version == worker.version;
    if (!isCurrent && options.has("R30_SETTLE")) return;
    if (s.state == kDelivered && !worker.isReceived)
      violate("a delivery that was over is not any more");
    s.state = worker.isReceived ? kDelivered : kPending;
    s.isDue = 0;
    if (worker.isReceived)
      s.row = 0;
    else
      s.version++;
  }
};

struct OutboxModel {
  template <class Emit>
  void steps(const State& state, Emit emit) {
    Steps<Emit> all{state, emit};
    all.outbox();
    for (int w = 0; w < kWorkers; w++) all.worker(w);
  }

  const char* broken(const State& s) {
    if (violation) return violation;
    return s.version > kVersions ? "the model is out of versions" : nullptr;
  }

  bool isGoodEnd(const State& s) {
    for (const Worker& worker : s.workers)
      if (worker.step != kIdle) return false;
    return s.state == kDelivered && !s.row && s.receipts;
  }

  void printStep(uint16_t action) { printf("%s %d", kActionNames[action >> 4], action & 15); }

  void printState(const State& s) {
    printf("      row=%d due=%d version=%d state=%d receipts=%d\n", s.row, s.isDue, s.version,
           s.state, s.receipts);
  }
};

int main(int argc, char** argv) {
  options = parseOptions(argc, argv, {"R29", "R30", "R30_SETTLE", "RENEW"});
  State initial;
  memset(&initial, 0, sizeof initial);
  initial.refusals = 1;
  if (options.world == "crash") {
    initial.crashes = 2, initial.lateRenewals = 2;
  } else if (options.world != "plain") {
    fprintf(stderr, "no world is called \"%s\"\n", options.world.c_str());
    return 2;
  }
  OutboxModel model;
  return Explorer<State, OutboxModel>(options, options.title("outbox"), model).explore(initial);
}
