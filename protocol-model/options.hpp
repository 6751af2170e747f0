// What a model is asked on its command line, and what every way of exploring it shares.
//
//   runs WORLD [--requests 2|3] [--without GUARD]... [--compact] [--no-ends]
//
//   --without    removes a guard; a violation is then expected
//   --compact    keeps a fingerprint of each state instead of the state; does not check ends
//   --no-ends    checks invariants only, not that good ends stay reachable
//   --guards     prints the names of the guards, and ends
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

struct Options {
  std::string world;
  int requests = 3;
  std::set<std::string> removed;
  bool compact = false;
  bool ends = true;

  bool has(const char* guard) const { return removed.count(guard) == 0; }

  std::string title(const char* model) const {
    std::string text = std::string(model) + " " + world;
    if (requests == 2) text += " (2)";
    for (const std::string& guard : removed) text += " without " + guard;
    return text;
  }
};

inline Options parseOptions(int argc, char** argv, const std::set<std::string>& guards) {
  Options options;
  for (int i = 1; i < argc; i++) {
    std::string argument = argv[i];
    bool hasValue = i + 1 < argc;
    if (argument == "--without" && hasValue) {
      std::string guard = argv[++i];
      if (guards.count(guard) == 0) {
        fprintf(stderr, "no guard is called %s\n", guard.c_str());
        exit(2);
      }
      options.removed.insert(guard);
    } else if (argument == "--requests" && hasValue) {
      options.requests = atoi(argv[++i]);
    } else if (argument == "--guards") {
      for (const std::string& guard : guards) printf("%s\n", guard.c_str());
      exit(0);
    } else if (argument == "--compact") {
      options.compact = true;
    } else if (argument == "--no-ends") {
      options.ends = false;
    } else {
      options.world = argument;
    }
  }
  return options;
}

// The first invariant that a step broke. The explorer stops there and prints the way to it.
inline const char* violation = nullptr;
inline void violate(const char* what) {
  if (!violation) violation = what;
}

template <class State>
uint64_t hashOf(const State& state) {
  const unsigned char* bytes = reinterpret_cast<const unsigned char*>(&state);
  uint64_t hash = 1469598103934665603ull;
  size_t i = 0;
  for (; i + 8 <= sizeof(State); i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  for (; i < sizeof(State); i++) hash = (hash ^ bytes[i]) * 0x100000001b3ull;
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93ull;
  return hash ^ hash >> 32;
}
