// Explores every interleaving of a protocol's atomic steps, breadth first.
//
//  * A step or a state that breaks an invariant ends the search; the trace to it is a shortest one.
//  * Afterwards, from every reachable state a good end must be reachable without another fault.
//  * A state is a plain struct of bytes. Two states are equal when their bytes are.
//
// A model is a struct with
//   void steps(const State&, emit)      calls emit(State& next, uint16_t action, bool isFault) for
//   each step const char* broken(const State&)    the invariant that the state breaks, or null bool
//   isGoodEnd(const State&) void printStep(uint16_t action), void printState(const State&)
#pragma once
#include <chrono>
#include <utility>
#include <vector>

#include "fingerprints.hpp"
#include "options.hpp"

template <class State, class Model>
class Explorer {
 public:
  Explorer(const Options& options, const std::string& title, Model& model)
      : options_(options), title_(title), model_(model) {}

  // Returns the exit code: 0 when everything holds, 1 when something is violated.
  int explore(const State& initial) {
    if (options_.compact) return exploreFingerprints(title_, initial, model_);
    auto begunAt = std::chrono::steady_clock::now();
    add(initial, 0, kNoAction);
    for (uint32_t from = 0; from < states_.size(); from++)
      if (!expand(from)) return 1;
    uint64_t ends = 0;
    if (options_.ends && !checkEnds(ends)) return 1;
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begunAt;
    printf("%-40s PASS  %zu states, %llu steps, %llu good ends, %.1f s\n", title_.c_str(),
           states_.size(), static_cast<unsigned long long>(steps_),
           static_cast<unsigned long long>(ends), took.count());
    return 0;
  }

 private:
  static constexpr uint16_t kNoAction = 0xffff;

  const Options& options_;
  std::string title_;
  Model& model_;
  std::vector<State> states_;
  std::vector<uint32_t> parents_;
  std::vector<uint16_t> actions_;
  std::vector<uint32_t> table_;              // open addressing; index of a state plus 1
  std::vector<uint32_t> edgeFrom_, edgeTo_;  // steps that are no faults
  uint64_t mask_ = 0;
  uint64_t steps_ = 0;

  bool expand(uint32_t from) {
    const State state = states_[from];
    bool isBroken = false;
    uint16_t brokenBy = kNoAction;
    model_.steps(state, [&](State& next, uint16_t action, bool isFault) {
      if (isBroken) return;
      steps_++;
      if (!violation) {
        auto [to, isNew] = add(next, from, action);
        if (options_.ends && !isFault && to != from) {
          edgeFrom_.push_back(from);
          edgeTo_.push_back(to);
        }
        if (isNew) violation = model_.broken(next);
      }
      if (violation) {
        isBroken = true;
        brokenBy = action;
      }
    });
    if (!isBroken) return true;
    printf("%-40s VIOLATION: %s  (after %zu states)\n", title_.c_str(), violation, states_.size());
    printTrace(from, brokenBy);
    return false;
  }

  // Walks backwards from the good ends over steps that are no faults.
  bool checkEnds(uint64_t& ends) {
    std::vector<uint32_t> begin(states_.size() + 2, 0), sources(edgeTo_.size());
    for (uint32_t to : edgeTo_) begin[to + 1]++;
    for (size_t i = 1; i < begin.size(); i++) begin[i] += begin[i - 1];
    {
      std::vector<uint32_t> next(begin.begin(), begin.end());
      for (size_t i = 0; i < edgeTo_.size(); i++) sources[next[edgeTo_[i]]++] = edgeFrom_[i];
    }
    std::vector<uint8_t> reachesEnd(states_.size(), 0);
    std::vector<uint32_t> todo;
    for (uint32_t i = 0; i < states_.size(); i++) {
      if (!model_.isGoodEnd(states_[i])) continue;
      reachesEnd[i] = 1;
      todo.push_back(i);
      ends++;
    }
    while (!todo.empty()) {
      uint32_t to = todo.back();
      todo.pop_back();
      for (uint32_t i = begin[to]; i < begin[to + 1]; i++) {
        if (reachesEnd[sources[i]]) continue;
        reachesEnd[sources[i]] = 1;
        todo.push_back(sources[i]);
      }
    }
    for (uint32_t i = 0; i < states_.size(); i++) {
      if (reachesEnd[i]) continue;
      printf("%-40s VIOLATION: no good end can be reached any more  (of %zu states)\n",
             title_.c_str(), states_.size());
      printTrace(i, kNoAction);
      return false;
    }
    return true;
  }

  std::pair<uint32_t, bool> add(const State& state, uint32_t parent, uint16_t action) {
    if (!mask_ || states_.size() * 2 > mask_) grow();
    uint64_t at = hashOf(state) & mask_;
    for (; table_[at]; at = (at + 1) & mask_) {
      uint32_t known = table_[at] - 1;
      if (!memcmp(&states_[known], &state, sizeof(State))) return {known, false};
    }
    states_.push_back(state);
    parents_.push_back(parent);
    actions_.push_back(action);
    table_[at] = static_cast<uint32_t>(states_.size());
    return {static_cast<uint32_t>(states_.size()) - 1, true};
  }

  void grow() {
    uint64_t size = mask_ ? (mask_ + 1) * 2 : 1 << 16;
    table_.assign(size, 0);
    mask_ = size - 1;
    for (uint32_t i = 0; i < states_.size(); i++) {
      uint64_t at = hashOf(states_[i]) & mask_;
      while (table_[at]) at = (at + 1) & mask_;
      table_[at] = i + 1;
    }
  }

  void printTrace(uint32_t at, uint16_t last) {
    std::vector<uint16_t> path;
    if (last != kNoAction) path.push_back(last);
    for (uint32_t i = at; i != parents_[i]; i = parents_[i]) path.push_back(actions_[i]);
    int number = 0;
    for (auto action = path.rbegin(); action != path.rend(); ++action) {
      printf("   %2d. ", ++number);
      model_.printStep(*action);
      printf("\n");
    }
    model_.printState(states_[at]);
  }
};
