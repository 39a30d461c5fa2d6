// Parsed once for all sources of the worker. Nothing of the worker's own beyond the generated messages may stand
// here: its headers expand macros that each source defines first.
#pragma once
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cmath>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <flatbuffers/flatbuffers.h>

#include <FBS/message.h>
