// The same search with 128 bits a state instead of the state, for worlds of a hundred million
// states. It does not check ends. Its trace is rebuilt by making the same steps again.
#pragma once
#include <chrono>
#include <deque>
#include <vector>

#include "options.hpp"

struct Fingerprint {
  uint64_t low, high;
};

template <class State>
Fingerprint fingerprintOf(const State& state) {
  const unsigned char* bytes = reinterpret_cast<const unsigned char*>(&state);
  uint64_t high = 0x2545F4914F6CDD1Dull;
  for (size_t i = 0; i < sizeof(State); i++) {
    high = (high ^ bytes[i]) * 0x9E3779B97F4A7C15ull;
    high ^= high >> 31;
  }
  return {hashOf(state), high};
}

template <class State>
class FingerprintSet {
 public:
  // Returns whether the state is new. `step`: which of its parent's steps leads to it.
  bool add(const State& state, uint32_t parent, uint8_t step) {
    if (seen_.size() * 3 > mask_ * 2) grow();
    Fingerprint print = fingerprintOf(state);
    uint64_t at = print.low & mask_;
    for (; table_[at]; at = (at + 1) & mask_) {
      const Fingerprint& other = seen_[table_[at] - 1];
      if (other.low == print.low && other.high == print.high) return false;
    }
    seen_.push_back(print);
    parents_.push_back(parent);
    steps_.push_back(step);
    table_[at] = static_cast<uint32_t>(seen_.size());
    return true;
  }

  size_t size() const { return seen_.size(); }

  std::vector<uint8_t> pathTo(uint32_t at) const {
    std::vector<uint8_t> path;
    for (uint32_t i = at; i; i = parents_[i]) path.insert(path.begin(), steps_[i]);
    return path;
  }

 private:
  std::vector<Fingerprint> seen_;
  std::vector<uint32_t> parents_;
  std::vector<uint8_t> steps_;
  std::vector<uint32_t> table_ = std::vector<uint32_t>(1 << 16, 0);
  uint64_t mask_ = (1 << 16) - 1;

  void grow() {
    table_.assign((mask_ + 1) * 2, 0);
    mask_ = table_.size() - 1;
    for (uint32_t i = 0; i < seen_.size(); i++) {
      uint64_t at = seen_[i].low & mask_;
      while (table_[at]) at = (at + 1) & mask_;
      table_[at] = i + 1;
    }
  }
};

template <class State, class Model>
int exploreFingerprints(const std::string& title, const State& initial, Model& model) {
  auto begunAt = std::chrono::steady_clock::now();
  FingerprintSet<State> seen;
  std::deque<State> todo;
  uint64_t steps = 0;
  seen.add(initial, 0, 0);
  todo.push_back(initial);
  for (uint32_t from = 0; !todo.empty(); from++) {
    State state = todo.front();
    todo.pop_front();
    uint8_t step = 0, brokenBy = 0;
    model.steps(state, [&](State& next, uint16_t, bool) {
      step++;
      if (brokenBy) return;
      steps++;
      if (!violation && seen.add(next, from, step)) {
        violation = model.broken(next);
        todo.push_back(next);
      }
      if (violation) brokenBy = step;
    });
    if (!brokenBy) continue;
    printf("%-40s VIOLATION: %s  (after %zu states)\n", title.c_str(), violation, seen.size());
    std::vector<uint8_t> path = seen.pathTo(from);
    path.push_back(brokenBy);
    State at = initial;
    int number = 0;
    for (uint8_t wanted : path) {
      State to = at;
      uint8_t count = 0;
      model.steps(at, [&](State& next, uint16_t action, bool) {
        if (++count != wanted) return;
        to = next;
        printf("   %2d. ", ++number);
        model.printStep(action);
        printf("\n");
      });
      at = to;
    }
    model.printState(at);
    return 1;
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begunAt;
  printf("%-40s PASS  %zu states, %llu steps, %.1f s (fingerprints, ends not checked)\n",
         title.c_str(), seen.size(), static_cast<unsigned long long>(steps), took.count());
  return 0;
}
