// The outbox of webhooks. The script that ends a job writes its delivery's row. Relays take rows
// that are due and hand them to a BullMQ queue, deliverers send them. The row stays until the
// delivery is over; each decision about it makes a new version.
#include "explorer.hpp"

enum { kVersions = 3, kRelays = 2, kDeliverers = 2 };
enum DelivererStep : uint8_t { kIdle, kTaken, kChecked, kAnswered, kSettled };
enum DeliveryState : uint8_t { kNone, kPending, kDelivered };
enum QueueState : uint8_t { kAbsent, kWaiting, kActive };

struct Deliverer {
  uint8_t step, version, isReceived;  // isReceived: the receiver answered 200
};
struct State {
  uint8_t row, isDue, version, state;
  uint8_t relay[kRelays];                             // the version that it holds, or 0
  uint8_t queue[kVersions + 1], lock[kVersions + 1];  // BullMQ jobs by version
  uint8_t twins;                                      // jobs of the version beside its first one
  Deliverer deliverers[kDeliverers];
  uint8_t receipts, hasCrashed;
  uint8_t crashes, falseStalls, vanishings, refusals;
};

static Options options;

enum Action {
  kEndJob,
  kTake,
  kAdd,
  kLease,
  kPick,
  kCheck,
  kSend,
  kRefuse,
  kSettle,
  kComplete,
  kCrashRelay,
  kCrashDeliverer,
  kStall,
  kVanish
};
static const char* kActionNames[] = {
    "a job ends, the row is written",
    "TAKE by relay",
    "delivery added to the queue by relay",
    "the lease of the row is over",
    "delivery picked by deliverer",
    "state read by deliverer",
    "receiver answers 200 to deliverer",
    "receiver refuses deliverer",
    "SETTLE by deliverer",
    "BullMQ job completed by deliverer",
    "relay crashes:",
    "deliverer crashes:",
    "BullMQ finds a stalled job",
    "BullMQ loses a job",
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

  void outbox() {
    if (now.state == kNone)
      step(kEndJob, 0, false, [](State& s) {
        s.row = s.isDue = s.version = 1;
        s.state = kPending;
      });
    if (now.row && !now.isDue) step(kLease, 0, false, [](State& s) { s.isDue = 1; });
  }

  void relay(int r) {
    if (!now.relay[r] && now.row && now.isDue)
      step(kTake, r, false, [&](State& s) {
        s.relay[r] = s.version;
        s.isDue = 0;
        if (!options.has("R29")) s.row = 0;
      });
    if (!now.relay[r]) return;
    step(kAdd, r, false, [&](State& s) {
      uint8_t version = s.relay[r];
      s.relay[r] = 0;
      if (s.queue[version] == kAbsent)
        s.queue[version] = kWaiting;
      else if (!options.has("SAME_ID"))
        s.twins = 1;
    });
    if (now.crashes)
      step(kCrashRelay, r, true, [&](State& s) {
        s.crashes--;
        s.relay[r] = 0;
      });
  }

  void deliverer(int d) {
    const Deliverer& deliverer = now.deliverers[d];
    uint8_t version = deliverer.version;
    if (deliverer.step == kIdle) pick(d);
    if (deliverer.step == kTaken)
      step(kCheck, d, false, [&](State& s) {
        bool isOver = s.state != kPending || s.version != version;
        s.deliverers[d].step = isOver && options.has("R30") ? kSettled : kChecked;
      });
    if (deliverer.step == kChecked) {
      step(kSend, d, false, [&](State& s) {
        s.deliverers[d].step = kAnswered;
        s.deliverers[d].isReceived = 1;
        if (s.receipts < 2) s.receipts++;
        if (s.receipts > 1 && !s.hasCrashed)
          violate("received twice although nothing crashed between sending and settling");
      });
      if (now.refusals)
        step(kRefuse, d, true, [&](State& s) {
          s.refusals--;
          s.deliverers[d].step = kAnswered;
        });
    }
    if (deliverer.step == kAnswered) step(kSettle, d, false, [&](State& s) { settle(s, d); });
    if (deliverer.step == kSettled)
      step(kComplete, d, false, [&](State& s) {
        if (s.lock[version] == d + 1) s.queue[version] = s.lock[version] = 0;
        s.deliverers[d] = Deliverer{};
      });
    if (deliverer.step != kIdle && now.crashes)
      step(kCrashDeliverer, d, true, [&](State& s) {
        s.crashes--;
        s.hasCrashed = 1;
        s.deliverers[d] = Deliverer{};
      });
  }

  void pick(int d) {
    for (uint8_t version = 1; version <= kVersions; version++)
      if (now.queue[version] == kWaiting)
        step(kPick, d, false, [&](State& s) {
          s.queue[version] = kActive;
          s.lock[version] = d + 1;
          s.deliverers[d] = {kTaken, version, 0};
        });
    if (now.twins)
      step(kPick, d, false, [&](State& s) {
        s.twins = 0;
        s.deliverers[d] = {kTaken, s.version, 0};
      });
  }

  static void settle(State& s, int d) {
    Deliverer& deliverer = s.deliverers[d];
    deliverer.step = kSettled;
    bool isCurrent = s.state == kPending && s.version == deliverer.version;
    if (!isCurrent && options.has("R30_SETTLE")) return;
    if (s.state == kDelivered && !deliverer.isReceived)
      violate("a delivery that was over is not any more");
    s.state = deliverer.isReceived ? kDelivered : kPending;
    s.isDue = 0;
    if (deliverer.isReceived)
      s.row = 0;
    else
      s.version++;
  }

  void bullmq() {
    for (int version = 1; version <= kVersions; version++) {
      auto stall = [&](State& s) {
        s.queue[version] = kWaiting;
        s.lock[version] = 0;
      };
      uint8_t holder = now.lock[version];
      if (now.queue[version] == kActive) {
        if (now.deliverers[holder - 1].step == kIdle)
          step(kStall, version, false, stall);
        else if (now.falseStalls)
          step(kStall, version, true, [&](State& s) {
            s.falseStalls--;
            s.hasCrashed = 1;
            stall(s);
          });
      }
      if (now.queue[version] != kAbsent && now.vanishings)
        step(kVanish, version, true, [&](State& s) {
          s.vanishings--;
          s.hasCrashed = 1;
          s.queue[version] = s.lock[version] = 0;
        });
    }
  }
};

struct OutboxModel {
  template <class Emit>
  void steps(const State& state, Emit emit) {
    Steps<Emit> all{state, emit};
    all.outbox();
    for (int i = 0; i < kRelays; i++) all.relay(i);
    for (int i = 0; i < kDeliverers; i++) all.deliverer(i);
    all.bullmq();
  }

  const char* broken(const State& s) {
    if (violation) return violation;
    return s.version > kVersions ? "the model is out of versions" : nullptr;
  }

  bool isGoodEnd(const State& s) {
    for (uint8_t relay : s.relay)
      if (relay) return false;
    for (const Deliverer& deliverer : s.deliverers)
      if (deliverer.step != kIdle) return false;
    for (uint8_t queued : s.queue)
      if (queued != kAbsent) return false;
    return s.state == kDelivered && !s.row && !s.twins && s.receipts;
  }

  void printStep(uint16_t action) { printf("%s %d", kActionNames[action >> 4], action & 15); }

  void printState(const State& s) {
    printf("      row=%d due=%d version=%d state=%d receipts=%d\n", s.row, s.isDue, s.version,
           s.state, s.receipts);
  }
};

int main(int argc, char** argv) {
  options = parseOptions(argc, argv, {"R29", "R30", "R30_SETTLE", "SAME_ID"});
  State initial;
  memset(&initial, 0, sizeof initial);
  initial.refusals = 1;
  if (options.world == "crash") {
    initial.crashes = 2, initial.falseStalls = 1, initial.vanishings = 1;
  } else if (options.world != "plain") {
    fprintf(stderr, "no world is called \"%s\"\n", options.world.c_str());
    return 2;
  }
  OutboxModel model;
  return Explorer<State, OutboxModel>(options, options.title("outbox"), model).explore(initial);
}
