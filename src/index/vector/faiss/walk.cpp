// Walks of FAISS's HNSW graphs over codes: vectors rounded to bytes, a quarter of their size.
//
// A walk is bound by memory: it measures some hundred vectors at random places. So it measures
// codes, and what it brings home is measured again on the plain vectors by its caller.
//
// Codes lie in one piece: the mean of the vectors, the codes, and the factors of each. A code holds
// what a vector differs from the mean, divided by its scale and rounded; its factors are that scale
// and the squared norm of the difference. Mean and codes are filled up to `stride` elements.

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

namespace {

// A code is whole cache lines.
const size_t LINE = 64;
// A product of code and query stays within 32 bits up to 16,000 elements.
const float QUERY_MAX = 1000;
const float CODE_MAX = 127;

size_t stride_of(size_t dim) {
    return (dim + LINE - 1) / LINE * LINE;
}

struct Factors {
    float scale;
    float square;
};

template <class T>
inline T read(const uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

template <class Byte>
struct Codes {
    Byte* bytes;
    size_t stride;
    size_t count;

    static size_t size(size_t dim, size_t count) {
        size_t stride = stride_of(dim);
        return stride * sizeof(float) + count * (stride + sizeof(Factors));
    }
    Byte* mean(size_t element) const {
        return bytes + element * sizeof(float);
    }
    Byte* code(size_t i) const {
        return bytes + stride * (sizeof(float) + i);
    }
    Byte* factors(size_t i) const {
        return code(count) + i * sizeof(Factors);
    }
    void prefetch(size_t i) const {
        for (size_t byte = 0; byte < stride && byte < 1024; byte += LINE) {
            __builtin_prefetch(code(i) + byte);
        }
        __builtin_prefetch(factors(i));
    }
};

// Divides by the returned scale and rounds, so that the largest element becomes `most`.
template <class Number>
Factors rounded(const float* x, size_t dim, float most, Number* out) {
    float largest = 0;
    double square = 0;
    for (size_t i = 0; i < dim; i++) {
        largest = std::max(largest, std::fabs(x[i]));
        square += (double)x[i] * (double)x[i];
    }
    float inverse = largest > 0 ? most / largest : 0;
    // Of a vector of tiny numbers.
    inverse = std::isfinite(inverse) ? inverse : 0;
    for (size_t i = 0; i < dim; i++) {
        out[i] = (Number)std::lrint(x[i] * inverse);
    }
    return {inverse > 0 ? 1 / inverse : 0, (float)square};
}

// Both are `n` long, a multiple of LINE. The plain loop is what compilers know as a dot product.
#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "default")))
#endif
int32_t product(const int16_t* query, const int8_t* code, size_t n) {
    int32_t sum = 0;
    n = n / LINE * LINE;
    for (size_t i = 0; i < n; i++) {
        sum += (int32_t)query[i] * (int32_t)(int16_t)code[i];
    }
    return sum;
}

// Distances but for a term that is the same for all codes: they order, and say no more.
struct Query {
    std::vector<int16_t> elements;
    Factors factors;
    bool squared;

    Query(const float* x, size_t dim, const Codes<const uint8_t>& codes, bool squared)
            : elements(codes.stride), squared(squared) {
        std::vector<float> asked(x, x + dim);
        for (size_t i = 0; squared && i < dim; i++) {
            asked[i] -= read<float>(codes.mean(i));
        }
        factors = rounded(asked.data(), dim, QUERY_MAX, elements.data());
    }
    float distance(const Codes<const uint8_t>& codes, size_t i) const {
        auto other = read<Factors>(codes.factors(i));
        int32_t sum = product(elements.data(), (const int8_t*)codes.code(i), codes.stride);
        float dot = factors.scale * other.scale * (float)sum;
        return squared ? other.square - 2 * dot : -dot;
    }
};

// The vertices that the thread's walk has met. The table is kept from walk to walk: a new mark
// empties it.
struct Met {
    std::vector<uint8_t> marks;
    uint8_t mark = 0;

    void begin(size_t count) {
        if (marks.size() < count || mark == UINT8_MAX) {
            marks.assign(std::max(count, marks.size()), 0);
            mark = 0;
        }
        mark++;
    }
    // Whether it is new.
    bool meet(size_t i) {
        bool fresh = marks[i] != mark;
        marks[i] = mark;
        return fresh;
    }
};

thread_local Met met;

struct Place {
    float distance;
    uint32_t id;
    bool left;
};

// The nearest of what it is given, closest first.
struct Shortlist {
    std::vector<Place> places;
    size_t most;

    explicit Shortlist(size_t most) : most(most) {
        places.reserve(most);
    }
    bool takes(float distance) const {
        return places.size() < most || distance < places.back().distance;
    }
    // Where it came to stand; `takes` has said yes.
    size_t insert(float distance, uint32_t id) {
        auto at = std::upper_bound(
                places.begin(), places.end(), distance,
                [](float distance, const Place& place) { return distance < place.distance; });
        size_t place = (size_t)(at - places.begin());
        if (places.size() == most) {
            places.pop_back();
        }
        places.insert(places.begin() + (ptrdiff_t)place, {distance, id, false});
        return place;
    }
};

struct Walk {
    const faiss::HNSW& graph;
    const Codes<const uint8_t>& codes;
    const Query& query;

    template <class Visit>
    void neighbours(uint32_t vertex, int level, Visit visit) const {
        size_t begin, end;
        graph.neighbor_range(vertex, level, &begin, &end);
        for (size_t i = begin; i < end && graph.neighbors[i] >= 0; i++) {
            visit((uint32_t)graph.neighbors[i]);
        }
    }

    // Downhill through the upper levels, to where level 0 is entered.
    Place entry() const {
        Place best{0, (uint32_t)graph.entry_point, false};
        best.distance = query.distance(codes, best.id);
        for (int level = graph.max_level; level > 0; level--) {
            for (uint32_t from = UINT32_MAX; from != best.id;) {
                from = best.id;
                neighbours(from, level, [&](uint32_t id) { codes.prefetch(id); });
                neighbours(from, level, [&](uint32_t id) {
                    float distance = query.distance(codes, id);
                    if (distance < best.distance) {
                        best = {distance, id, false};
                    }
                });
            }
        }
        return best;
    }

    void prefetch_links(const Shortlist& list, size_t at) const {
        if (at < list.places.size()) {
            const auto* links = &graph.neighbors[graph.offsets[list.places[at].id]];
            __builtin_prefetch(links);
            __builtin_prefetch((const char*)links + LINE);
        }
    }

    // Leaves the nearest vertex that it has not left yet, until all on the list are left.
    template <class Found>
    void level_zero(Shortlist& list, Found found) const {
        Place first = entry();
        met.begin(codes.count);
        met.meet(first.id);
        list.insert(first.distance, first.id);
        found(first.distance, first.id);
        std::vector<uint32_t> fresh;
        for (size_t at = 0; at < list.places.size();) {
            if (list.places[at].left) {
                at++;
                continue;
            }
            list.places[at].left = true;
            fresh.clear();
            prefetch_links(list, at + 1);
            neighbours(list.places[at].id, 0, [&](uint32_t id) {
                if (met.meet(id)) {
                    codes.prefetch(id);
                    fresh.push_back(id);
                }
            });
            for (uint32_t id : fresh) {
                float distance = query.distance(codes, id);
                found(distance, id);
                if (list.takes(distance)) {
                    at = std::min(at, list.insert(distance, id));
                }
            }
        }
    }
};

} // namespace

extern "C" {

size_t fathom_codes_size(size_t dim, size_t n) {
    return Codes<uint8_t>::size(dim, n);
}

// Codes of all of the graph's vectors, into zeroed bytes.
void fathom_graph_encode(const faiss::IndexHNSWFlat* graph, uint8_t* bytes) {
    const float* x = static_cast<const faiss::IndexFlat*>(graph->storage)->get_xb();
    size_t dim = (size_t)graph->d, count = (size_t)graph->ntotal;
    Codes<uint8_t> codes{bytes, stride_of(dim), count};
    std::vector<double> sums(dim);
    for (size_t i = 0; i < count * dim; i++) {
        sums[i % dim] += x[i];
    }
    std::vector<float> mean(dim), difference(dim);
    for (size_t i = 0; i < dim; i++) {
        mean[i] = (float)(sums[i] / (double)std::max<size_t>(count, 1));
        std::memcpy(codes.mean(i), &mean[i], sizeof(float));
    }
    for (size_t vector = 0; vector < count; vector++) {
        for (size_t i = 0; i < dim; i++) {
            difference[i] = x[vector * dim + i] - mean[i];
        }
        Factors factors = rounded(difference.data(), dim, CODE_MAX, (int8_t*)codes.code(vector));
        std::memcpy(codes.factors(vector), &factors, sizeof factors);
    }
}

// The ids of about the `keep` nearest vectors into `ids`, in no order, and their number into
// `found`. `bytes` are the graph's codes; `bitmap` has a bit for each, or is null.
int fathom_graph_walk(
        const faiss::IndexHNSWFlat* graph, const uint8_t* bytes, const float* x, size_t ef,
        size_t keep, const uint8_t* bitmap, uint32_t* ids, size_t* found, char* error,
        size_t error_bytes) {
    try {
        size_t dim = (size_t)graph->d;
        Codes<const uint8_t> codes{bytes, stride_of(dim), (size_t)graph->ntotal};
        Query query(x, dim, codes, graph->metric_type == faiss::METRIC_L2);
        Walk walk{graph->hnsw, codes, query};
        Shortlist list(ef), selected(bitmap ? keep : 0);
        if (bitmap) {
            walk.level_zero(list, [&](float distance, uint32_t id) {
                if ((bitmap[id / 8] >> (id % 8) & 1) && selected.takes(distance)) {
                    selected.insert(distance, id);
                }
            });
        } else {
            walk.level_zero(list, [](float, uint32_t) {});
        }
        const auto& best = bitmap ? selected.places : list.places;
        *found = std::min(keep, best.size());
        for (size_t i = 0; i < *found; i++) {
            ids[i] = best[i].id;
        }
        return 0;
    } catch (const std::exception& exception) {
        std::snprintf(error, error_bytes, "%s", exception.what());
    } catch (...) {
        std::snprintf(error, error_bytes, "unknown C++ exception");
    }
    return 1;
}

} // extern "C"
